"""`ValidationError`, and how fields and instances are validated."""

import operator

from django.utils.hashable import make_hashable

NON_FIELD_ERRORS = "__all__"


class ValidationError(Exception):
    """What is wrong with data: one message, a list of errors, or lists of errors by field."""

    def __init__(self, message, code=None, params=None):
        super().__init__(message, code, params)
        if isinstance(message, ValidationError):
            if hasattr(message, "error_dict"):
                message = message.error_dict
            elif hasattr(message, "message"):
                message, code, params = message.message, message.code, message.params
            else:
                message = message.error_list
        if isinstance(message, dict):
            self.error_dict = {
                field: (errors if isinstance(errors, ValidationError) else ValidationError(errors)).error_list
                for field, errors in message.items()
            }
        elif isinstance(message, list):
            self.error_list = []
            for item in message:
                if not isinstance(item, ValidationError):
                    item = ValidationError(item)
                if hasattr(item, "error_dict"):
                    for errors in item.error_dict.values():
                        self.error_list.extend(errors)
                else:
                    self.error_list.extend(item.error_list)
        else:
            self.message = message
            self.code = code
            self.params = params
            self.error_list = [self]

    @property
    def message_dict(self):
        getattr(self, "error_dict")
        return dict(self)

    @property
    def messages(self):
        if hasattr(self, "error_dict"):
            return [text for _, texts in self for text in texts]
        return list(self)

    def update_error_dict(self, error_dict):
        if hasattr(self, "error_dict"):
            for field, errors in self.error_dict.items():
                error_dict.setdefault(field, []).extend(errors)
        else:
            error_dict.setdefault(NON_FIELD_ERRORS, []).extend(self.error_list)
        return error_dict

    def __iter__(self):
        if hasattr(self, "error_dict"):
            for field, errors in self.error_dict.items():
                yield field, list(ValidationError(errors))
            return
        for error in self.error_list:
            text = error.message
            if error.params:
                text %= error.params
            yield str(text)

    def __str__(self):
        return repr(dict(self)) if hasattr(self, "error_dict") else repr(list(self))

    def __repr__(self):
        return "ValidationError(%s)" % self

    def __eq__(self, other):
        if not isinstance(other, ValidationError):
            return NotImplemented
        return hash(self) == hash(other)

    def __hash__(self):
        if hasattr(self, "message"):
            return hash((self.message, self.code, make_hashable(self.params)))
        if hasattr(self, "error_dict"):
            return hash(make_hashable(self.error_dict))
        return hash(tuple(sorted(self.error_list, key=operator.attrgetter("message"))))


ValidationError.__module__ = "django.core.exceptions"
