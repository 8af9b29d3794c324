"""One module a format. Each has `configure(parser)`, which adds its arguments, and `convert(args)`, which reads."""
