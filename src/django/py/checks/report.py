"""What the system checks say of the models that there are."""


def issues():
    """Level, text and id of every finding that is not silenced."""
    from django.core import checks
    return [(one.level, str(one), one.id or "") for one in checks.run_checks(databases=["default"])
            if not one.is_silenced()]
