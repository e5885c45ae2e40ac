"""Importers: files of one way of writing -> the native document and findings. The core knows no format's name."""
