"""What stands for a setting's value in a model's definition."""


class SettingsReference(str):
    """A text that a setting gives, with the setting's name."""

    def __new__(cls, value, setting_name):
        return str.__new__(cls, value)

    def __init__(self, value, setting_name):
        self.setting_name = setting_name


SettingsReference.__module__ = "django.conf"
