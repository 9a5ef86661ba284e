"""The steps of the workflows, one module each: `HELP`, `configure(parser)`, `run(args)`, as a verb has them."""
