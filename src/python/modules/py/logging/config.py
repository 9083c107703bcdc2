"""Settings of loggers from dicts: levels only."""

import logging


def dictConfig(config):
    for name, settings in config.get("loggers", {}).items():
        logger = logging.getLogger(name)
        if "level" in settings:
            logger.setLevel(settings["level"])
        logger.propagate = settings.get("propagate", True)
    if "level" in config.get("root", {}):
        logging.root.setLevel(config["root"]["level"])
