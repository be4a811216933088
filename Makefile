.DEFAULT_GOAL := help
VENV ?= .venv
