//! The modules of Django that are written in Python.

/// Their names and texts.
pub(super) const SOURCES: &[(&str, &str)] = &[
    ("_django_constraints", include_str!("py/core/constraints.py")),
    ("_django_enums", include_str!("py/enums.py")),
    ("_django_cleaning", include_str!("py/core/cleaning.py")),
    ("_django_fields", include_str!("py/core/fields.py")),
    ("_django_validation", include_str!("py/core/validation.py")),
    ("_django_window", include_str!("py/window.py")),
    ("asgiref", ""),
    ("asgiref.sync", include_str!("py/utils/sync.py")),
    ("django.apps", include_str!("py/apps.py")),
    ("django.apps.config", "from django.apps import AppConfig\n"),
    ("django.apps.registry", "from django.apps import Apps, apps\n"),
    ("django.core.serializers.json", include_str!("py/core/serializers_json.py")),
    ("django.core.validators", include_str!("py/core/validators.py")),
    (
        "django.db.models.sql.constants",
        "GET_ITERATOR_CHUNK_SIZE = 100\nMULTI = \"multi\"\nSINGLE = \"single\"\nNO_RESULTS = \"no results\"\n\
         CURSOR = \"cursor\"\nROW_COUNT = \"row count\"\nORDER_DIR = {\"ASC\": (\"ASC\", \"DESC\"), \"DESC\": (\"DESC\", \"ASC\")}\n\
         INNER = \"INNER JOIN\"\nLOUTER = \"LEFT OUTER JOIN\"\n",
    ),
    ("django.test", include_str!("py/test/__init__.py")),
    (
        "django.test.signals",
        "from django.dispatch import Signal\n\nsetting_changed = Signal()\ntemplate_rendered = Signal()\n",
    ),
    ("django.test.testcases", include_str!("py/test/testcases.py")),
    ("django.test.utils", include_str!("py/test/utils.py")),
    ("django.utils.asyncio", include_str!("py/utils/asyncio.py")),
    ("django.utils.choices", include_str!("py/utils/choices.py")),
    ("django.utils.connection", "from django.db.utils import ConnectionDoesNotExist\n"),
    ("django.utils.datastructures", include_str!("py/utils/datastructures.py")),
    ("django.utils.dateparse", include_str!("py/utils/dateparse.py")),
    ("django.utils.deprecation", include_str!("py/utils/deprecation.py")),
    ("django.utils.duration", include_str!("py/utils/duration.py")),
    ("django.utils.encoding", include_str!("py/utils/encoding.py")),
    ("django.utils.functional", include_str!("py/utils/functional.py")),
    ("django.utils.hashable", include_str!("py/utils/hashable.py")),
    ("django.utils.html", include_str!("py/utils/html.py")),
    ("django.utils.ipv6", include_str!("py/utils/ipv6.py")),
    ("django.utils.safestring", include_str!("py/utils/safestring.py")),
    ("django.utils.text", include_str!("py/utils/text.py")),
    ("django.utils.timezone", include_str!("py/timezone.py")),
    ("django.utils.translation", include_str!("py/utils/translation.py")),
    ("django.utils.version", include_str!("py/utils/version.py")),
];
