"""Arguments of a command, as management commands declare them: they are read, checked and described."""

import re as _re
import sys as _sys
import textwrap as _textwrap

SUPPRESS = "==SUPPRESS=="
OPTIONAL = "?"
ZERO_OR_MORE = "*"
ONE_OR_MORE = "+"
PARSER = "A..."
REMAINDER = "..."
_WIDTH = 78
_HELP_AT = 24


class Namespace:
    """What was read, an attribute an argument."""

    def __init__(self, **kwargs):
        for name, value in kwargs.items():
            setattr(self, name, value)

    def __eq__(self, other):
        if not isinstance(other, Namespace):
            return NotImplemented
        return vars(self) == vars(other)

    def __contains__(self, key):
        return key in self.__dict__

    def __repr__(self):
        plain, odd = [], {}
        for name, value in self.__dict__.items():
            if name.isidentifier():
                plain.append("%s=%r" % (name, value))
            else:
                odd[name] = value
        if odd:
            plain.append("**%r" % (odd,))
        return "%s(%s)" % (type(self).__name__, ", ".join(plain))


class ArgumentError(Exception):
    """A value that its argument refuses."""

    def __init__(self, argument, message):
        self.argument_name = _name_of(argument)
        self.message = message

    def __str__(self):
        if self.argument_name is None:
            return str(self.message)
        return "argument %s: %s" % (self.argument_name, self.message)


class ArgumentTypeError(Exception):
    """Raised by a conversion that has its own words."""


def _name_of(action):
    if action is None:
        return None
    if action.option_strings:
        return "/".join(action.option_strings)
    if action.metavar not in (None, SUPPRESS):
        return action.metavar
    if action.dest not in (None, SUPPRESS):
        return action.dest
    if action.choices:
        return "{" + ",".join(map(str, action.choices)) + "}"
    return None


class Action:
    """What an argument does when it is met."""

    def __init__(self, option_strings, dest, nargs=None, const=None, default=None, type=None, choices=None,
                 required=False, help=None, metavar=None):
        self.option_strings = option_strings
        self.dest = dest
        self.nargs = nargs
        self.const = const
        self.default = default
        self.type = type
        self.choices = choices
        self.required = required
        self.help = help
        self.metavar = metavar

    def __repr__(self):
        names = ("option_strings", "dest", "nargs", "const", "default", "type", "choices", "required", "help", "metavar")
        return "%s(%s)" % (type(self).__name__, ", ".join("%s=%r" % (name, getattr(self, name)) for name in names))

    def format_usage(self):
        return self.option_strings[0]

    def __call__(self, parser, namespace, values, option_string=None):
        raise NotImplementedError(".__call__() not defined")


class BooleanOptionalAction(Action):
    """`--name` and `--no-name`."""

    def __init__(self, option_strings, dest, default=None, type=None, choices=None, required=False, help=None,
                 metavar=None):
        names = []
        for name in option_strings:
            names.append(name)
            if name.startswith("--"):
                names.append("--no-" + name[2:])
        if help is not None and default is not None and default is not SUPPRESS:
            help += " (default: %(default)s)"
        super().__init__(names, dest, nargs=0, default=default, type=type, choices=choices, required=required, help=help,
                         metavar=metavar)

    def __call__(self, parser, namespace, values, option_string=None):
        if option_string in self.option_strings:
            setattr(namespace, self.dest, not option_string.startswith("--no-"))

    def format_usage(self):
        return " | ".join(self.option_strings)


class _StoreAction(Action):
    def __init__(self, option_strings, dest, nargs=None, const=None, default=None, type=None, choices=None,
                 required=False, help=None, metavar=None):
        if nargs == 0:
            raise ValueError("nargs for store actions must be != 0; if you have nothing to store, actions such as "
                             "store true or store const may be more appropriate")
        if const is not None and nargs != OPTIONAL:
            raise ValueError("nargs must be %r to supply const" % OPTIONAL)
        super().__init__(option_strings, dest, nargs, const, default, type, choices, required, help, metavar)

    def __call__(self, parser, namespace, values, option_string=None):
        setattr(namespace, self.dest, values)


class _StoreConstAction(Action):
    def __init__(self, option_strings, dest, const=None, default=None, required=False, help=None, metavar=None):
        super().__init__(option_strings, dest, nargs=0, const=const, default=default, required=required, help=help)

    def __call__(self, parser, namespace, values, option_string=None):
        setattr(namespace, self.dest, self.const)


class _StoreTrueAction(_StoreConstAction):
    def __init__(self, option_strings, dest, default=False, required=False, help=None):
        super().__init__(option_strings, dest, const=True, default=default, required=required, help=help)


class _StoreFalseAction(_StoreConstAction):
    def __init__(self, option_strings, dest, default=True, required=False, help=None):
        super().__init__(option_strings, dest, const=False, default=default, required=required, help=help)


def _add_to(namespace, name, more):
    # A list that stands there as a default is left as it is.
    held = getattr(namespace, name, None)
    setattr(namespace, name, [*(() if held is None else held), *more])


class _AppendAction(_StoreAction):
    def __call__(self, parser, namespace, values, option_string=None):
        _add_to(namespace, self.dest, [values])


class _AppendConstAction(_StoreConstAction):
    def __call__(self, parser, namespace, values, option_string=None):
        _add_to(namespace, self.dest, [self.const])


class _ExtendAction(_StoreAction):
    def __call__(self, parser, namespace, values, option_string=None):
        _add_to(namespace, self.dest, values)


class _CountAction(Action):
    def __init__(self, option_strings, dest, default=None, required=False, help=None):
        super().__init__(option_strings, dest, nargs=0, default=default, required=required, help=help)

    def __call__(self, parser, namespace, values, option_string=None):
        setattr(namespace, self.dest, (getattr(namespace, self.dest, None) or 0) + 1)


class _HelpAction(Action):
    def __init__(self, option_strings, dest=SUPPRESS, default=SUPPRESS, help=None):
        super().__init__(option_strings, dest, nargs=0, default=default, help=help)

    def __call__(self, parser, namespace, values, option_string=None):
        parser.print_help()
        parser.exit()


class _VersionAction(Action):
    def __init__(self, option_strings, version=None, dest=SUPPRESS, default=SUPPRESS,
                 help="show program's version number and exit"):
        super().__init__(option_strings, dest, nargs=0, default=default, help=help)
        self.version = version

    def __call__(self, parser, namespace, values, option_string=None):
        version = parser.version if self.version is None and hasattr(parser, "version") else self.version
        print(version % {"prog": parser.prog} if "%(prog)" in version else version)
        parser.exit()


class _SubParsersAction(Action):
    """The commands below a command, each with a parser of its own."""

    def __init__(self, option_strings, prog, parser_class, dest=SUPPRESS, required=False, help=None, metavar=None):
        self._prog_prefix = prog
        self._parser_class = parser_class
        self._name_parser_map = {}
        self._choices_actions = []
        super().__init__(option_strings, dest, nargs=PARSER, choices=self._name_parser_map, required=required, help=help,
                         metavar=metavar)

    def add_parser(self, name, **kwargs):
        if kwargs.get("prog") is None:
            kwargs["prog"] = "%s %s" % (self._prog_prefix, name)
        aliases = kwargs.pop("aliases", ())
        if "help" in kwargs:
            shown = Action([], name, nargs=0, help=kwargs.pop("help"),
                           metavar=name + (" (%s)" % ", ".join(aliases) if aliases else ""))
            self._choices_actions.append(shown)
        parser = self._parser_class(**kwargs)
        for known in (name, *aliases):
            self._name_parser_map[known] = parser
        return parser

    def __call__(self, parser, namespace, values, option_string=None):
        name, rest = values[0], values[1:]
        if self.dest is not SUPPRESS:
            setattr(namespace, self.dest, name)
        below, extras = self._name_parser_map[name].parse_known_args(rest, None)
        for key, value in vars(below).items():
            setattr(namespace, key, value)
        if extras:
            vars(namespace).setdefault("_unrecognized_args", []).extend(extras)


class FileType:
    """Files are not opened here."""

    def __init__(self, mode="r", bufsize=-1, encoding=None, errors=None):
        self._mode = mode

    def __call__(self, string):
        return open(string, self._mode)


class HelpFormatter:
    """How a parser describes itself."""

    keep_description = False
    keep_help = False
    show_defaults = False
    type_as_metavar = False

    def __init__(self, prog, indent_increment=2, max_help_position=_HELP_AT, width=None):
        self.prog = prog
        self.width = _WIDTH if width is None else width
        self.max_help_position = min(max_help_position, max(self.width - 20, indent_increment * 2))

    def metavar(self, action, default):
        if action.metavar is not None:
            return action.metavar
        if action.choices is not None:
            return "{%s}" % ",".join(map(str, action.choices))
        return default

    def default_metavar(self, action):
        if self.type_as_metavar and action.type is not None:
            return action.type.__name__
        return action.dest.upper() if action.option_strings else action.dest

    def args(self, action):
        metavar = self.metavar(action, self.default_metavar(action))
        first, *more = metavar if isinstance(metavar, tuple) else (metavar, metavar)
        nargs = action.nargs
        if nargs is None:
            return first
        if nargs == OPTIONAL:
            return "[%s]" % first
        if nargs == ZERO_OR_MORE:
            return "[%s ...]" % first if not isinstance(metavar, tuple) or len(metavar) < 2 else "[%s [%s ...]]" % metavar
        if nargs == ONE_OR_MORE:
            return "%s [%s ...]" % (first, more[0])
        if nargs == REMAINDER:
            return "..."
        if nargs == PARSER:
            return "%s ..." % first
        if nargs == SUPPRESS:
            return ""
        names = metavar if isinstance(metavar, tuple) else (metavar,) * nargs
        return " ".join(names)

    def usage_part(self, action, in_group):
        if not action.option_strings:
            return self.args(action)
        if action.nargs == 0:
            part = action.format_usage()
        else:
            part = "%s %s" % (action.option_strings[0], self.args(action))
        return part if action.required or in_group else "[%s]" % part

    def usage(self, usage, actions, groups, prefix="usage: "):
        if usage is not None:
            return prefix + usage % {"prog": self.prog} + "\n"
        shown = [action for action in actions if action.help is not SUPPRESS]
        options = [action for action in shown if action.option_strings]
        positionals = [action for action in shown if not action.option_strings]

        def parts(members):
            made, at = [], 0
            while at < len(members):
                for group in groups:
                    size = len(group._group_actions)
                    if size > 1 and members[at:at + size] == group._group_actions:
                        inner = [self.usage_part(action, True).removeprefix("[").removesuffix("]")
                                 if not action.option_strings else self.usage_part(action, True)
                                 for action in group._group_actions]
                        opening, closing = "()" if group.required else "[]"
                        inner[0] = opening + inner[0]
                        inner[-1] += closing
                        for index in range(len(inner)):
                            made.append(inner[index] + (" |" if index + 1 < len(inner) else ""))
                        at += size
                        break
                else:
                    made.append(self.usage_part(members[at], False))
                    at += 1
            return [part for part in made if part]

        option_parts, positional_parts = parts(options), parts(positionals)
        line = " ".join([self.prog, *option_parts, *positional_parts])
        if len(prefix) + len(line) <= self.width:
            return prefix + line + "\n"

        def lines(words, indent, first=None):
            made, current, length = [], [] if first is None else [first], len(prefix) if first is not None else len(indent)
            length = (len(prefix) + len(first) if first is not None else len(indent) - 1)
            for word in words:
                if length + 1 + len(word) > self.width and current:
                    made.append(indent + " ".join(current))
                    current, length = [], len(indent) - 1
                current.append(word)
                length += len(word) + 1
            if current:
                made.append(indent + " ".join(current))
            if first is not None:
                made[0] = made[0][len(indent):]
            return made

        if len(prefix) + len(self.prog) <= 0.75 * self.width:
            indent = " " * (len(prefix) + len(self.prog) + 1)
            if option_parts:
                made = lines(option_parts, indent, self.prog) + lines(positional_parts, indent)
            elif positional_parts:
                made = lines(positional_parts, indent, self.prog)
            else:
                made = [self.prog]
        else:
            indent = " " * len(prefix)
            made = lines(option_parts + positional_parts, indent)
            if len(made) > 1:
                made = lines(option_parts, indent) + lines(positional_parts, indent)
            made = [self.prog] + made
        return prefix + "\n".join(made) + "\n"

    def text(self, text):
        if "%(prog)" in text:
            text = text % {"prog": self.prog}
        if self.keep_description:
            return text
        return _textwrap.fill(_re.sub(r"\s+", " ", text).strip(), self.width)

    def invocation(self, action):
        if not action.option_strings:
            return self.metavar(action, self.default_metavar(action))
        if action.nargs == 0:
            return ", ".join(action.option_strings)
        args = self.args(action)
        return ", ".join("%s %s" % (name, args) for name in action.option_strings)

    def help_text(self, action):
        words = action.help
        if self.show_defaults and words and "%(default)" not in words and action.default is not SUPPRESS:
            if action.option_strings or action.nargs in (OPTIONAL, ZERO_OR_MORE):
                words += " (default: %(default)s)"
        known = {name: value for name, value in vars(action).items() if value is not SUPPRESS}
        for name, value in known.items():
            if hasattr(value, "__name__"):
                known[name] = value.__name__
        if known.get("choices") is not None:
            known["choices"] = ", ".join(map(str, known["choices"]))
        return words % {**known, "prog": self.prog}

    def section(self, title, description, actions):
        shown = [action for action in actions if action.help is not SUPPRESS]
        if not shown and not description:
            return None
        rows = []
        for action in shown:
            rows.append((2, action))
            rows += [(4, below) for below in getattr(action, "_choices_actions", ())]
        return title, description, rows

    def format(self, usage, sections, description, epilog):
        longest = max((indent + len(self.invocation(action)) for section in sections for indent, action in section[2]),
                      default=0)
        column = min(longest + 2, self.max_help_position)
        blocks = [usage]
        if description:
            blocks.append(self.text(description) + "\n")
        for title, words, rows in sections:
            lines = ["%s:" % title] if title else []
            if words:
                lines += [("  " + line).rstrip() for line in self.text_within(words, 2).splitlines()] + [""]
            for indent, action in rows:
                lines += self.row(indent, action, column)
            while lines and not lines[-1]:
                lines.pop()
            blocks.append("\n".join(lines) + "\n")
        if epilog:
            blocks.append(self.text(epilog) + "\n")
        return "\n".join(blocks)

    def text_within(self, text, indent):
        width, self.width = self.width, self.width - indent
        made = self.text(text)
        self.width = width
        return made

    def row(self, indent, action, column):
        head = " " * indent + self.invocation(action)
        if not action.help or not action.help.strip():
            return [head]
        words = self.help_text(action)
        width = max(self.width - column, 11)
        lines = words.splitlines() if self.keep_help else _textwrap.wrap(_re.sub(r"\s+", " ", words).strip(), width)
        if len(head) <= column - 2:
            return [head.ljust(column) + lines[0]] + [" " * column + line for line in lines[1:]]
        return [head] + [" " * column + line for line in lines]


class RawDescriptionHelpFormatter(HelpFormatter):
    keep_description = True


class RawTextHelpFormatter(RawDescriptionHelpFormatter):
    keep_help = True


class ArgumentDefaultsHelpFormatter(HelpFormatter):
    show_defaults = True


class MetavarTypeHelpFormatter(HelpFormatter):
    type_as_metavar = True


class _ActionsContainer:
    """What arguments are added to."""

    _ACTIONS = {
        None: _StoreAction, "store": _StoreAction, "store_const": _StoreConstAction, "store_true": _StoreTrueAction,
        "store_false": _StoreFalseAction, "append": _AppendAction, "append_const": _AppendConstAction,
        "count": _CountAction, "help": _HelpAction, "version": _VersionAction, "parsers": _SubParsersAction,
        "extend": _ExtendAction,
    }

    def __init__(self, description, prefix_chars, argument_default, conflict_handler):
        self.description = description
        self.prefix_chars = prefix_chars
        self.argument_default = argument_default
        self.conflict_handler = conflict_handler
        self._registered = {}
        self._actions = []
        self._option_string_actions = {}
        self._action_groups = []
        self._mutually_exclusive_groups = []
        self._defaults = {}

    def register(self, registry_name, value, object):
        self._registered[registry_name, value] = object

    def set_defaults(self, **kwargs):
        self._defaults.update(kwargs)
        for action in self._actions:
            if action.dest in kwargs:
                action.default = kwargs[action.dest]

    def get_default(self, dest):
        for action in self._actions:
            if action.dest == dest and action.default is not None:
                return action.default
        return self._defaults.get(dest)

    def add_argument(self, *args, **kwargs):
        chars = self.prefix_chars
        if not args or len(args) == 1 and args[0][0] not in chars:
            if args and "dest" in kwargs:
                raise ValueError("dest supplied twice for positional argument")
            kwargs = self._positional(*args, **kwargs)
        else:
            kwargs = self._optional(*args, **kwargs)
        if "default" not in kwargs:
            dest = kwargs["dest"]
            if dest in self._defaults:
                kwargs["default"] = self._defaults[dest]
            elif self.argument_default is not None:
                kwargs["default"] = self.argument_default
        wanted = kwargs.pop("action", None)
        made = self._registered.get(("action", wanted)) or self._ACTIONS.get(wanted, wanted) if isinstance(
            wanted, (str, type(None))) else wanted
        if not callable(made):
            raise ValueError('unknown action "%s"' % (made,))
        action = made(**kwargs)
        kind = self._registered.get(("type", action.type), action.type)
        if kind is not None and not callable(kind):
            raise ValueError("%r is not callable" % (kind,))
        if isinstance(action.metavar, tuple) and isinstance(action.nargs, int) and len(action.metavar) != action.nargs:
            raise ValueError("length of metavar tuple does not match nargs")
        return self._add_action(action)

    def _positional(self, dest, **kwargs):
        if "required" in kwargs:
            raise TypeError("'required' is an invalid argument for positionals")
        if kwargs.get("nargs") not in (OPTIONAL, ZERO_OR_MORE):
            kwargs["required"] = True
        if kwargs.get("nargs") == ZERO_OR_MORE and "default" not in kwargs:
            kwargs["required"] = True
        return dict(kwargs, dest=dest, option_strings=[])

    def _optional(self, *args, **kwargs):
        long = []
        for option in args:
            if not option[0] in self.prefix_chars:
                raise ValueError("invalid option string %r: must start with a character %r" % (option, self.prefix_chars))
            if len(option) > 1 and option[1] in self.prefix_chars:
                long.append(option)
        dest = kwargs.pop("dest", None)
        if dest is None:
            dest = (long[0] if long else args[0]).lstrip(self.prefix_chars)
            if not dest:
                raise ValueError("dest= is required for options like %r" % (args[0],))
            dest = dest.replace("-", "_")
        return dict(kwargs, dest=dest, option_strings=list(args))

    def _check_conflict(self, action):
        taken = [(name, self._option_string_actions[name]) for name in action.option_strings
                 if name in self._option_string_actions]
        if not taken:
            return
        if self.conflict_handler == "resolve":
            for name, old in taken:
                old.option_strings.remove(name)
                del self._option_string_actions[name]
                if not old.option_strings:
                    self._remove_action(old)
            return
        names = ", ".join(name for name, _ in taken)
        raise ArgumentError(action, "conflicting option string%s: %s" % ("s" if len(taken) > 1 else "", names))

    def _add_action(self, action):
        self._check_conflict(action)
        self._actions.append(action)
        action.container = self
        for name in action.option_strings:
            self._option_string_actions[name] = action
        return action

    def _remove_action(self, action):
        self._actions.remove(action)

    def add_argument_group(self, *args, **kwargs):
        group = _ArgumentGroup(self, *args, **kwargs)
        self._action_groups.append(group)
        return group

    def add_mutually_exclusive_group(self, **kwargs):
        group = _MutuallyExclusiveGroup(self, **kwargs)
        self._mutually_exclusive_groups.append(group)
        return group


class _ArgumentGroup(_ActionsContainer):
    def __init__(self, container, title=None, description=None, **kwargs):
        super().__init__(description, kwargs.get("prefix_chars", container.prefix_chars),
                         kwargs.get("argument_default", container.argument_default),
                         kwargs.get("conflict_handler", container.conflict_handler))
        self.title = title
        self._container = container
        self._group_actions = []
        self._registered = container._registered
        self._actions = container._actions
        self._option_string_actions = container._option_string_actions
        self._defaults = container._defaults
        self._mutually_exclusive_groups = container._mutually_exclusive_groups

    def _add_action(self, action):
        action = super()._add_action(action)
        self._group_actions.append(action)
        return action

    def _remove_action(self, action):
        super()._remove_action(action)
        self._group_actions.remove(action)


class _MutuallyExclusiveGroup(_ArgumentGroup):
    def __init__(self, container, required=False):
        super().__init__(container)
        self.required = required

    def _add_action(self, action):
        if action.required:
            raise ValueError("mutually exclusive arguments must be optional")
        action = self._container._add_action(action)
        self._group_actions.append(action)
        return action


class ArgumentParser(_ActionsContainer):
    """Reads the words of a command."""

    def __init__(self, prog=None, usage=None, description=None, epilog=None, parents=[], formatter_class=HelpFormatter,
                 prefix_chars="-", fromfile_prefix_chars=None, argument_default=None, conflict_handler="error",
                 add_help=True, allow_abbrev=True, exit_on_error=True):
        super().__init__(description, prefix_chars, argument_default, conflict_handler)
        self.prog = prog if prog is not None else (_sys.argv[0].rpartition("/")[2] if _sys.argv else "")
        self.usage = usage
        self.epilog = epilog
        self.formatter_class = formatter_class
        self.fromfile_prefix_chars = fromfile_prefix_chars
        self.add_help = add_help
        self.allow_abbrev = allow_abbrev
        self.exit_on_error = exit_on_error
        self._positionals = self.add_argument_group("positional arguments")
        self._optionals = self.add_argument_group("options")
        self._subparsers = None
        if add_help:
            dash = "-" if "-" in prefix_chars else prefix_chars[0]
            self.add_argument(dash + "h", dash * 2 + "help", action="help", default=SUPPRESS,
                              help="show this help message and exit")
        for parent in parents:
            titles = {group.title: group for group in self._action_groups}
            for group in parent._action_groups:
                into = titles.get(group.title)
                if into is None:
                    into = self.add_argument_group(title=group.title, description=group.description)
                for action in group._group_actions:
                    into._add_action(action)
            self._mutually_exclusive_groups += parent._mutually_exclusive_groups
            self._defaults.update(parent._defaults)

    def __repr__(self):
        names = ("prog", "usage", "description", "formatter_class", "conflict_handler", "add_help")
        return "%s(%s)" % (type(self).__name__, ", ".join("%s=%r" % (name, getattr(self, name)) for name in names))

    def _add_action(self, action):
        group = self._optionals if action.option_strings else self._positionals
        if group is not None:
            group._add_action(action)
        return action

    def add_subparsers(self, **kwargs):
        if self._subparsers is not None:
            self.error("cannot have multiple subparser arguments")
        kwargs.setdefault("parser_class", type(self))
        if "title" in kwargs or "description" in kwargs:
            self._subparsers = self.add_argument_group(kwargs.pop("title", "subcommands"), kwargs.pop("description", None))
        else:
            self._subparsers = self._positionals
        if kwargs.get("prog") is None:
            formatter = self.formatter_class(prog=self.prog)
            positionals = [action for action in self._actions if not action.option_strings]
            kwargs["prog"] = formatter.usage(self.usage, positionals, self._mutually_exclusive_groups, "").strip()
        kwargs.pop("action", None)
        action = _SubParsersAction(option_strings=[], **kwargs)
        self._subparsers._add_action(action)
        return action

    def format_usage(self):
        return self.formatter_class(prog=self.prog).usage(self.usage, self._actions, self._mutually_exclusive_groups)

    def format_help(self):
        formatter = self.formatter_class(prog=self.prog)
        usage = formatter.usage(self.usage, self._actions, self._mutually_exclusive_groups)
        sections = [formatter.section(group.title, group.description, group._group_actions)
                    for group in self._action_groups]
        return formatter.format(usage, [section for section in sections if section], self.description, self.epilog)

    def print_usage(self, file=None):
        print(self.format_usage(), end="", file=file or _sys.stdout)

    def print_help(self, file=None):
        print(self.format_help(), end="", file=file or _sys.stdout)

    def exit(self, status=0, message=None):
        if message:
            _sys.stderr.write(message)
        _sys.exit(status)

    def error(self, message):
        self.print_usage(_sys.stderr)
        self.exit(2, "%s: error: %s\n" % (self.prog, message))

    def parse_args(self, args=None, namespace=None):
        args, rest = self.parse_known_args(args, namespace)
        if rest:
            self.error("unrecognized arguments: %s" % " ".join(rest))
        return args

    def parse_known_args(self, args=None, namespace=None):
        args = list(_sys.argv[1:] if args is None else args)
        if namespace is None:
            namespace = Namespace()
        for action in self._actions:
            if action.dest is not SUPPRESS and not hasattr(namespace, action.dest) and action.default is not SUPPRESS:
                setattr(namespace, action.dest, action.default)
        for dest, value in self._defaults.items():
            if not hasattr(namespace, dest):
                setattr(namespace, dest, value)
        if not self.exit_on_error:
            return self._read(args, namespace)
        try:
            return self._read(args, namespace)
        except ArgumentError as error:
            self.error(str(error))

    parse_intermixed_args = parse_args

    # Reading.

    def _option(self, word):
        """The action that a word names, the name as given and what stands behind its `=`; `None` for a value."""
        if not word or word[0] not in self.prefix_chars:
            return None
        if word in self._option_string_actions:
            return self._option_string_actions[word], word, None
        if len(word) == 1:
            return None
        if "=" in word:
            name, value = word.split("=", 1)
            if name in self._option_string_actions:
                return self._option_string_actions[name], name, value
        found = self._abbreviated(word)
        if len(found) > 1:
            names = ", ".join(name for _, name, _ in found)
            self.error("ambiguous option: %s could match %s" % (word, names))
        if found:
            return found[0]
        if _re.match(r"^-\d+$|^-\d*\.\d+$", word) and not any(
                _re.match(r"^-\d+$|^-\d*\.\d+$", name) for name in self._option_string_actions):
            return None
        if " " in word:
            return None
        return None, word, None

    def _abbreviated(self, word):
        found = []
        if word[1] in self.prefix_chars:
            if self.allow_abbrev:
                name, _, value = word.partition("=")
                value = value if "=" in word else None
                for known, action in self._option_string_actions.items():
                    if known.startswith(name):
                        found.append((action, known, value))
        else:
            short, rest = word[:2], word[2:]
            for known, action in self._option_string_actions.items():
                if known == short:
                    found.append((action, known, rest))
                elif self.allow_abbrev and known.startswith(word):
                    found.append((action, known, None))
        return found

    def _read(self, words, namespace):
        # Each word is an option `O`, a value `A` or the `--` after which all are values.
        options, pattern, plain = {}, [], False
        for at, word in enumerate(words):
            if plain:
                pattern.append("A")
            elif word == "--":
                pattern.append("-")
                plain = True
            else:
                option = self._option(word)
                if option is not None:
                    options[at] = option
                pattern.append("A" if option is None else "O")
        pattern = "".join(pattern)
        seen, chosen, extras = set(), set(), []
        positionals = [action for action in self._actions if not action.option_strings]

        def take(action, values, name=None):
            seen.add(action)
            value = self._values(action, values)
            if value is not action.default:
                chosen.add(action)
                for group in self._mutually_exclusive_groups:
                    if action in group._group_actions:
                        for other in group._group_actions:
                            if other is not action and other in chosen:
                                raise ArgumentError(action, "not allowed with argument %s" % _name_of(other))
            if value is not SUPPRESS:
                action(self, namespace, value, name)

        def take_option(at):
            action, name, given = options[at]
            if action is None:
                extras.append(words[at])
                return at + 1
            todo = []
            while True:
                if given is not None:
                    count = self._count(action, "A")
                    if count == 0 and name[1:2] not in self.prefix_chars and given:
                        # Short options in one word.
                        todo.append((action, [], name))
                        name, given = name[0] + given[0], given[1:] or None
                        if name not in self._option_string_actions:
                            raise ArgumentError(action, "ignored explicit argument %r" % (name[1] + (given or ""),))
                        action = self._option_string_actions[name]
                        if given is None:
                            continue
                    elif count == 1:
                        todo.append((action, [given], name))
                        stop = at + 1
                        break
                    else:
                        raise ArgumentError(action, "ignored explicit argument %r" % (given,))
                else:
                    count = self._count(action, pattern[at + 1:])
                    if count is None:
                        raise ArgumentError(action, self._missing(action))
                    stop = at + 1 + count
                    todo.append((action, words[at + 1:stop], name))
                    break
            for action, values, name in todo:
                take(action, values, name)
            return stop

        def take_positionals(at):
            rest = pattern[at:]
            for size in range(len(positionals), -1, -1):
                found = _re.match("".join("(%s)" % self._nargs_pattern(action) for action in positionals[:size]), rest)
                if found is not None:
                    break
            for action, part in zip(positionals[:size], found.groups()):
                values = words[at:at + len(part)]
                at += len(part)
                take(action, values)
            del positionals[:size]
            return at

        at, last = 0, max(options, default=-1)
        while at <= last:
            following = min(index for index in options if index >= at)
            if at != following:
                reached = take_positionals(at)
                if reached > at:
                    at = reached
                    continue
            if at not in options:
                extras.extend(words[at:following])
                at = following
            at = take_option(at)
        at = take_positionals(at)
        extras.extend(words[at:])
        missing = []
        for action in self._actions:
            if action in seen:
                continue
            if action.required:
                missing.append(_name_of(action))
            elif (isinstance(action.default, str) and hasattr(namespace, action.dest)
                    and action.default is getattr(namespace, action.dest)):
                setattr(namespace, action.dest, self._value(action, action.default))
        if missing:
            self.error("the following arguments are required: %s" % ", ".join(filter(None, missing)))
        for group in self._mutually_exclusive_groups:
            if group.required and not any(action in chosen for action in group._group_actions):
                names = [_name_of(action) for action in group._group_actions if action.help is not SUPPRESS]
                self.error("one of the arguments %s is required" % " ".join(names))
        extras += vars(namespace).pop("_unrecognized_args", [])
        return namespace, extras

    def _nargs_pattern(self, action):
        nargs = action.nargs
        if nargs is None:
            made = "(?:-*A-*)"
        elif nargs == OPTIONAL:
            made = "(?:-*A?-*)"
        elif nargs == ZERO_OR_MORE:
            made = "(?:-*[A-]*)"
        elif nargs == ONE_OR_MORE:
            made = "(?:-*A[A-]*)"
        elif nargs == REMAINDER:
            made = "(?:[-AO]*)"
        elif nargs == PARSER:
            made = "(?:-*A[-AO]*)"
        elif nargs == SUPPRESS:
            made = "(?:-*-*)"
        else:
            made = "(?:-*%s)" % "-*".join("A" * nargs)
        if action.option_strings:
            made = made.replace("-*", "").replace("-", "")
        return made

    def _count(self, action, pattern):
        found = _re.match(self._nargs_pattern(action), pattern)
        return None if found is None else len(found.group())

    def _missing(self, action):
        nargs = action.nargs
        if nargs is None:
            return "expected one argument"
        if nargs == OPTIONAL:
            return "expected at most one argument"
        if nargs == ONE_OR_MORE:
            return "expected at least one argument"
        return "expected %s argument%s" % (nargs, "" if nargs == 1 else "s")

    def _values(self, action, words):
        nargs = action.nargs
        if nargs not in (PARSER, REMAINDER) and "--" in words:
            words = list(words)
            words.remove("--")
        if not words and nargs == OPTIONAL:
            value = action.const if action.option_strings else action.default
            if isinstance(value, str):
                value = self._value(action, value)
                self._check(action, value)
            return value
        if not words and nargs == ZERO_OR_MORE and not action.option_strings:
            if action.default is not None:
                self._check(action, action.default)
                return action.default
            return words
        if len(words) == 1 and nargs in (None, OPTIONAL):
            value = self._value(action, words[0])
            self._check(action, value)
            return value
        if nargs == REMAINDER:
            return [self._value(action, word) for word in words]
        if nargs == PARSER:
            value = [self._value(action, word) for word in words]
            self._check(action, value[0])
            return value
        if nargs == SUPPRESS:
            return SUPPRESS
        value = [self._value(action, word) for word in words]
        for one in value:
            self._check(action, one)
        return value

    def _value(self, action, word):
        kind = self._registered.get(("type", action.type), action.type)
        if kind is None:
            return word
        try:
            return kind(word)
        except ArgumentTypeError as error:
            raise ArgumentError(action, str(error))
        except (TypeError, ValueError):
            name = getattr(action.type, "__name__", repr(action.type))
            raise ArgumentError(action, "invalid %s value: %r" % (name, word))

    def _check(self, action, value):
        if action.choices is not None and value not in action.choices:
            raise ArgumentError(action, "invalid choice: %r (choose from %s)" % (
                value, ", ".join(map(repr, action.choices))))
