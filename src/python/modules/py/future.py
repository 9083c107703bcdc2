"""The features that later versions made part of the language: all that have names are there."""

nested_scopes = generators = division = absolute_import = with_statement = print_function = None
unicode_literals = barry_as_FLUFL = generator_stop = annotations = None
all_feature_names = [
    "nested_scopes", "generators", "division", "absolute_import", "with_statement", "print_function",
    "unicode_literals", "barry_as_FLUFL", "generator_stop", "annotations"]
