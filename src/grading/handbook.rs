//! What each finding means, shown by an example and what to write instead. The verdict's message says where and how it
//! happened; this is the page behind it.

use super::findings;

/// One finding's page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// The finding's word.
    pub id: &'static str,
    /// What it is and why it matters.
    pub means: &'static str,
    /// Code that earns it.
    pub example: &'static str,
    /// What to write instead.
    pub instead: &'static str,
}

/// A page; here, so that a finding's own file can hold its page.
pub const fn page(id: &'static str, means: &'static str, example: &'static str, instead: &'static str) -> Page {
    Page { id, means, example, instead }
}

/// Every finding, in the order in which they are listed.
pub const HANDBOOK: &[Page] = &[
    findings::n_plus_one::PAGE,
    findings::query_in_loop::PAGE,
    findings::evaluated_twice::PAGE,
    findings::len_for_count::PAGE,
    findings::truth_for_exists::PAGE,
    findings::python_side_filter::PAGE,
    findings::unused_columns::PAGE,
    findings::unneeded_query::PAGE,
    page(
        "missing-distinct",
        "A join to many rows repeats the row on the left, once for each match. When each should come once, say so, or \
         ask whether a match exists instead of joining to it.",
        "Post.objects.filter(tags__name__in=[\"django\", \"sql\"])",
        "Post.objects.filter(tags__name__in=[\"django\", \"sql\"]).distinct()",
    ),
    page(
        "chained-multi-valued-filter",
        "Over a many-valued relation two filter() calls may be satisfied by two different related rows; conditions inside \
         one call must hold for the same row.",
        "User.objects.filter(posts__is_active=True).filter(posts__view_count__gt=100)",
        "User.objects.filter(posts__is_active=True, posts__view_count__gt=100)",
    ),
    page(
        "exclude-multi-valued",
        "exclude() over a many-valued relation drops everything that has some matching related row, and each of its \
         conditions is tested on related rows of its own. To drop by one related row that meets all conditions, name that \
         row in a subquery.",
        "User.objects.exclude(posts__is_active=False, posts__view_count=0)",
        "idle = Post.objects.filter(is_active=False, view_count=0)\nUser.objects.exclude(posts__in=idle)",
    ),
    page(
        "inner-join-drops-rows",
        "An inner join keeps only rows that have a partner. Rows without one were wanted too, as a zero or a NULL.",
        "SELECT u.username, COUNT(p.id)\nFROM auth_user u JOIN blog_post p ON p.author_id = u.id\nGROUP BY u.id;",
        "SELECT u.username, COUNT(p.id)\nFROM auth_user u LEFT JOIN blog_post p ON p.author_id = u.id\nGROUP BY u.id;",
    ),
    page(
        "outer-join-keeps-rows",
        "A left join keeps rows that have no partner. They were not wanted; a plain join leaves them out.",
        "SELECT u.username, p.title\nFROM auth_user u LEFT JOIN blog_post p ON p.author_id = u.id;",
        "SELECT u.username, p.title\nFROM auth_user u JOIN blog_post p ON p.author_id = u.id;",
    ),
    page(
        "wrong-boundary",
        "The comparison includes its limit where it should not, or leaves it out where it should include it. \
         \u{201c}At least five\u{201d} is gte, \u{201c}more than five\u{201d} is gt; a range has both its ends in it.",
        "User.objects.filter(age__gt=18)   # \u{201c}at least 18\u{201d}",
        "User.objects.filter(age__gte=18)",
    ),
    page(
        "null-handling",
        "NULL is neither equal nor unequal to anything: comparisons with it are unknown, and WHERE drops what is unknown. \
         NOT IN over a list with a NULL in it gives nothing at all; aggregates skip NULLs. Say what shall become of them.",
        "SELECT * FROM auth_user WHERE age <> 30;",
        "SELECT * FROM auth_user WHERE age <> 30 OR age IS NULL;",
    ),
    page(
        "wrong-literal",
        "The condition is the right one, the value it compares with is not.",
        "Order.objects.filter(status=\"payed\")",
        "Order.objects.filter(status=\"paid\")",
    ),
    page(
        "wrong-operator",
        "The right columns are compared in the wrong way: and for or, contains for startswith, equal for at most.",
        "Post.objects.filter(Q(is_active=True) & Q(is_featured=True))   # \u{201c}active or featured\u{201d}",
        "Post.objects.filter(Q(is_active=True) | Q(is_featured=True))",
    ),
    page(
        "case-sensitivity",
        "Upper and lower case are told apart where they should not be, or the other way round. On SQLite `contains` and \
         `startswith` already ignore the case of ASCII letters; `exact` and `in` do not.",
        "User.objects.filter(username=\"alice\")   # in whatever case",
        "User.objects.filter(username__iexact=\"alice\")",
    ),
    page(
        "wrong-grouping",
        "Rows are grouped by too much or too little. values() before annotate() names what is grouped by; an ordering \
         by another column joins the grouping without being asked.",
        "Post.objects.annotate(n=Count(\"id\")).values(\"author\", \"n\")",
        "Post.objects.order_by().values(\"author\").annotate(n=Count(\"id\"))",
    ),
    page(
        "fan-out-aggregate",
        "Two many-valued relations are joined at once, so every row of one is repeated for every row of the other, and \
         sums and counts come out too large. distinct=True mends counts only; sums need a subquery each.",
        "Post.objects.annotate(tags_n=Count(\"tags\"), comments_n=Count(\"comments\"))",
        "Post.objects.annotate(\n    tags_n=Count(\"tags\", distinct=True),\n    comments_n=Count(\"comments\", distinct=True),\n)",
    ),
    page(
        "wrong-aggregate",
        "Another function was asked for, or the same over other values: COUNT(*) counts rows, COUNT(column) those where \
         the column is not NULL, and an average of averages is no average.",
        "SELECT COUNT(*) FROM auth_user;   -- \u{201c}users with a known age\u{201d}",
        "SELECT COUNT(age) FROM auth_user;",
    ),
    page(
        "missing-order",
        "Without an ORDER BY of its own a statement promises no order. That the rows came in the right one this time is luck.",
        "Post.objects.order_by()[:5]",
        "Post.objects.order_by(\"-view_count\", \"id\")[:5]",
    ),
    page(
        "wrong-direction",
        "A key of the order sorts the wrong way round.",
        "Post.objects.order_by(\"created_at\")   # newest first",
        "Post.objects.order_by(\"-created_at\")",
    ),
    page(
        "missing-tie-break",
        "Rows that are equal in the sorting keys may come in any order, and a limit may cut anywhere among them. One more \
         key, a unique one at last, settles it.",
        "Post.objects.order_by(\"-view_count\")[:3]",
        "Post.objects.order_by(\"-view_count\", \"id\")[:3]",
    ),
    page(
        "off-by-one-slice",
        "The slice begins or ends one row off. It starts counting at zero and its end is not in it.",
        "Post.objects.order_by(\"id\")[1:10]   # the first ten",
        "Post.objects.order_by(\"id\")[:10]",
    ),
    page(
        "missing-condition",
        "A condition of the task is not there, so rows are taken that were not asked for.",
        "Post.objects.filter(author=user)   # \u{201c}active posts of the user\u{201d}",
        "Post.objects.filter(author=user, is_active=True)",
    ),
    page(
        "extra-condition",
        "Something is demanded that the task does not ask for, so rows are left out.",
        "Post.objects.filter(author=user, is_active=True)   # \u{201c}all posts of the user\u{201d}",
        "Post.objects.filter(author=user)",
    ),
    page(
        "wrong-relation",
        "The query goes along another relation than the one meant; two may lead to the same table.",
        "Transfer.objects.filter(to_account=account)   # \u{201c}what it sent\u{201d}",
        "Transfer.objects.filter(from_account=account)",
    ),
    page(
        "wrong-model",
        "The rows are of another model than was asked for, or a model is defined otherwise.",
        "Comment.objects.filter(author=user)   # \u{201c}posts\u{201d}",
        "Post.objects.filter(author=user)",
    ),
    page(
        "missing-column",
        "A value that was asked for is not among the result's columns.",
        "Post.objects.values(\"title\")   # \u{201c}title and author's name\u{201d}",
        "Post.objects.values(\"title\", \"author__username\")",
    ),
    page(
        "wrong-value",
        "The rows are the right ones, a value in them is not.",
        "Product.objects.annotate(margin=F(\"cost\") - F(\"price\"))",
        "Product.objects.annotate(margin=F(\"price\") - F(\"cost\"))",
    ),
    page(
        "hard-coded-id",
        "A key was written down that happens to be right in the rows that can be seen. With other rows it names something \
         else; ask by what the task says.",
        "Post.objects.filter(category_id=2)",
        "Post.objects.filter(category__slug=\"django\")",
    ),
    page(
        "wrong-final-state",
        "The program ran, and left the tables otherwise than asked: too much or too little was written, or the same change \
         was made twice.",
        "Account.objects.filter(id=account.id).update(balance=account.balance - 10)",
        "Account.objects.filter(id=account.id).update(balance=F(\"balance\") - 10)",
    ),
    page(
        "wrong-on-delete",
        "The key follows another rule when the row that it points at is deleted. The table doesn't show the rule: Django \
         keeps it, so no error tells of the mistake until rows are gone, or can't be deleted.",
        "author = models.ForeignKey(User, on_delete=models.CASCADE)   # \u{201c}may not be deleted while it is used\u{201d}",
        "author = models.ForeignKey(User, on_delete=models.PROTECT)",
    ),
    page(
        "missing-option",
        "The model lacks something that the task asks for: an option of a field or of its Meta. Many of them (`blank`, \
         `choices`, `default`, `validators`) are Django's alone and leave no trace in the table.",
        "note = models.TextField()   # \u{201c}may be left empty\u{201d}",
        "note = models.TextField(blank=True)",
    ),
    page(
        "shared-default",
        "A default was worked out once, when the class was made, so that all rows get the same moment, key or object. Name \
         the function and leave calling it to Django, which does so for each new row.",
        "number = models.UUIDField(default=uuid.uuid4())",
        "number = models.UUIDField(default=uuid.uuid4)",
    ),
    page(
        "invalid-model",
        "Django's system checks refuse the models, so that neither migrations nor the server would start. The message is \
         Django's own.",
        "author = models.ForeignKey(User, on_delete=models.SET_NULL)   # fields.E320",
        "author = models.ForeignKey(User, on_delete=models.SET_NULL, null=True)",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_says_something() {
        for page in HANDBOOK {
            assert!(page.means.ends_with('.') && !page.example.is_empty() && !page.instead.is_empty(), "{}", page.id);
            assert_ne!(page.example, page.instead);
            assert_eq!(HANDBOOK.iter().filter(|other| other.id == page.id).count(), 1);
        }
    }
}
