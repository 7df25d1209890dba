"""The shapes of models' tables, as Django's schema editor would make them, without rendering the models."""
