"""HTTP. Turns requests into questions and answers into responses; knows no kind outside `routes`."""
