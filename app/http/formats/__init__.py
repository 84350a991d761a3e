"""Writers of file formats. They know nothing of requests and responses."""
