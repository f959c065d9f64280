"""The scenario file and its four roads: a life in one YAML file."""
