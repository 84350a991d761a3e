"""What is not list-or-detail of a resource: ordinary routers, written by hand."""
