"""How instances are validated: `Model`'s methods call the functions of the same names."""

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.utils.text import capfirst, get_text_list
from django.utils.translation import gettext_lazy as _


def full_clean(self, exclude, validate_unique, validate_constraints):
    errors = {}
    exclude = set() if exclude is None else set(exclude)

    def attempt(step):
        try:
            step()
        except ValidationError as problem:
            problem.update_error_dict(errors)

    def leave_out_the_wrong():
        exclude.update(name for name in errors if name != NON_FIELD_ERRORS)
    attempt(lambda: self.clean_fields(exclude=exclude))
    attempt(self.clean)
    if validate_unique:
        leave_out_the_wrong()
        attempt(lambda: self.validate_unique(exclude=exclude))
    if validate_constraints:
        leave_out_the_wrong()
        attempt(lambda: self.validate_constraints(exclude=exclude))
    if errors:
        raise ValidationError(errors)


def clean_fields(self, exclude):
    from django.db.models.expressions import DatabaseDefault
    exclude = set() if exclude is None else exclude
    errors = {}
    for field in self._meta.fields:
        if field.name in exclude or field.generated:
            continue
        value = getattr(self, field.attname)
        if field.blank and value in field.empty_values:
            continue
        if isinstance(value, DatabaseDefault):
            continue
        try:
            setattr(self, field.attname, field.clean(value, self))
        except ValidationError as problem:
            errors[field.name] = problem.error_list
    if errors:
        raise ValidationError(errors)


def clean(self):
    """Nothing to check but the fields."""


def validate_unique(self, exclude):
    unique_checks, date_checks = self._get_unique_checks(exclude=exclude)
    errors = self._perform_unique_checks(unique_checks)
    for name, found in self._perform_date_checks(date_checks).items():
        errors.setdefault(name, []).extend(found)
    if errors:
        raise ValidationError(errors)


def _get_unique_checks(self, exclude, include_meta_constraints):
    exclude = set() if exclude is None else exclude

    def kept(names):
        return not any(name in exclude for name in names)

    models = [self.__class__, *self._meta.all_parents]
    unique_checks = []
    for model in models:
        for names in model._meta.unique_together:
            if kept(names):
                unique_checks.append((model, tuple(names)))
    if include_meta_constraints:
        for model in models:
            for constraint in model._meta.total_unique_constraints:
                if kept(constraint.fields):
                    unique_checks.append((model, constraint.fields))
    date_checks = []
    for model in models:
        for field in model._meta.local_fields:
            name = field.name
            if name in exclude:
                continue
            if field._ormdojo_class == "CompositePrimaryKey":
                names = tuple(part.name for part in field.fields)
                if kept(names):
                    unique_checks.append((model, names))
                continue
            if field.unique:
                unique_checks.append((model, (name,)))
            for kind in ("date", "year", "month"):
                other = getattr(field, "unique_for_" + kind)
                if other and other not in exclude:
                    date_checks.append((model, kind, name, other))
    return unique_checks, date_checks


def _perform_unique_checks(self, unique_checks):
    errors = {}
    for model, names in unique_checks:
        lookups = {}
        for name in names:
            field = self._meta.get_field(name)
            value = getattr(self, field.attname)
            if value is None:
                continue
            if field in model._meta.pk_fields and not self._state.adding:
                continue
            lookups[str(name)] = value
        if len(lookups) != len(names):
            continue
        found = model._default_manager.filter(**lookups)
        if not self._state.adding and self._is_pk_set(model._meta):
            found = found.exclude(pk=self._get_pk_val(model._meta))
        if found.exists():
            key = names[0] if len(names) == 1 else NON_FIELD_ERRORS
            errors.setdefault(key, []).append(self.unique_error_message(model, names))
    return errors


def _perform_date_checks(self, date_checks):
    errors = {}
    for model, kind, name, date_name in date_checks:
        date = getattr(self, date_name)
        if date is None:
            continue
        parts = ("day", "month", "year") if kind == "date" else (kind,)
        lookups = {"%s__%s" % (date_name, part): getattr(date, part) for part in parts}
        lookups[name] = getattr(self, name)
        found = model._default_manager.filter(**lookups)
        if not self._state.adding and self._is_pk_set():
            found = found.exclude(pk=self.pk)
        if found.exists():
            errors.setdefault(name, []).append(self.date_error_message(kind, name, date_name))
    return errors


def date_error_message(self, lookup_type, field_name, unique_for):
    meta = self._meta
    field = meta.get_field(field_name)
    return ValidationError(message=field.error_messages["unique_for_date"], code="unique_for_date", params={
        "model": self,
        "model_name": capfirst(meta.verbose_name),
        "lookup_type": lookup_type,
        "field": field_name,
        "field_label": capfirst(field.verbose_name),
        "date_field": unique_for,
        "date_field_label": capfirst(meta.get_field(unique_for).verbose_name),
    })


def unique_error_message(self, model_class, unique_check):
    meta = model_class._meta
    params = {
        "model": self,
        "model_class": model_class,
        "model_name": capfirst(meta.verbose_name),
        "unique_check": unique_check,
    }
    if len(unique_check) == 1:
        field = meta.get_field(unique_check[0])
        params["field_label"] = capfirst(field.verbose_name)
        return ValidationError(message=field.error_messages["unique"], code="unique", params=params)
    labels = [capfirst(meta.get_field(name).verbose_name) for name in unique_check]
    params["field_labels"] = get_text_list(labels, _("and"))
    return ValidationError(
        message=_("%(model_name)s with this %(field_labels)s already exists."), code="unique_together", params=params)


def get_constraints(self):
    found = [(self.__class__, self._meta.constraints)]
    found.extend((parent, parent._meta.constraints) for parent in self._meta.all_parents if parent._meta.constraints)
    return found


def validate_constraints(self, exclude):
    errors = {}
    for model, constraints in self.get_constraints():
        for constraint in constraints:
            try:
                constraint.validate(model, self, exclude=exclude, using=self._state.db or "default")
            except ValidationError as problem:
                if getattr(problem, "code", None) == "unique" and len(constraint.fields) == 1:
                    errors.setdefault(constraint.fields[0], []).append(problem)
                else:
                    errors = problem.update_error_dict(errors)
    if errors:
        raise ValidationError(errors)


def _get_field_expression_map(self, meta, exclude):
    from _django_constraints import _references
    from django.db.models import ExpressionWrapper, F, Value
    exclude = set() if exclude is None else set(exclude)
    meta = meta or self._meta
    known, generated = {}, []
    for field in meta.local_concrete_fields:
        if field.name in exclude:
            continue
        if field.generated:
            if exclude.isdisjoint(_references(field.expression)):
                generated.append(field)
            continue
        value = getattr(self, field.attname)
        if not value or not hasattr(value, "resolve_expression"):
            value = Value(value, field)
        known[field.name] = value
    if "pk" not in exclude:
        known["pk"] = Value(self.pk, meta.pk)
    if generated:
        replacements = {F(name): value for name, value in known.items()}
        for field in generated:
            known[field.name] = ExpressionWrapper(
                field.expression.replace_expressions(replacements), field.output_field)
    return known
