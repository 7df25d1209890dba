"""For other packages of a project, each in a module of its own that is imported where that package is used."""
