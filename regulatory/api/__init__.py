"""The API, version 1: the regulatory branch's routers."""
