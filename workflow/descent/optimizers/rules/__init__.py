"""The built-in optimizers: one file an optimizer, named as in a config, with one class."""
