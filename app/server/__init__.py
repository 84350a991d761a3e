"""Running the application under uvicorn: configuration, workers, ports, shutdown. Stock uvicorn, as it is documented."""
