//! Statements compared with what real Django printed for the same expression (`selects.txt`: the expression, then its
//! SQL or exception).

use std::rc::Rc;

use super::blog::{Set, aggregate, blog, f, i, outer, q, s, value};
use crate::orm::Datum;
use crate::orm::query::functions::COUNT;
use crate::orm::query::{Aggregate, Case, Connector, Expr, Expression, Q, QNode, Related, Subquery, When};

fn expected(expression: &str) -> &'static str {
    let mut lines = include_str!("selects.txt").lines();
    while let Some(line) = lines.next() {
        if line == expression {
            return lines.next().unwrap_or_default().trim();
        }
    }
    "no such expression in selects.txt"
}

fn t(truth: bool) -> Datum {
    Datum::Bool(truth)
}

fn ints(numbers: &[i64]) -> Datum {
    Datum::List(numbers.iter().copied().map(Datum::Int).collect())
}

fn subset(set: &Set) -> Datum {
    Datum::Query(Rc::new(set.0.clone()))
}

fn expr(expression: Expression) -> Expr {
    Rc::new(expression)
}

#[test]
fn statements_are_djangos() {
    let b = blog();
    let (user, post, comment, tag) = (Set::of(&b.user), Set::of(&b.post), Set::of(&b.comment), Set::of(&b.tag));
    assert_eq!(b.profile.fields().len(), 6);
    let count_posts = aggregate(&COUNT, "posts");
    let either = q(&[("view_count__gt", i(1000))]).combine(&QNode::Q(q(&[("is_featured", t(true))])), Connector::Or);
    let either_related =
        q(&[("category__name", s("x"))]).combine(&QNode::Q(q(&[("author__username", s("y"))])), Connector::Or);
    let latest = Subquery::of(
        &post.filter(&[("author", outer("pk"))]).order_by(&["-created_at"]).values(&["title"]).slice(None, Some(1)).0,
    );
    let has_posts = Subquery::exists(&post.filter(&[("author", outer("pk"))]).0).expect("an Exists");
    let filtered_count = match &*count_posts {
        Expression::Aggregate(aggregate) => expr(Expression::Aggregate(Aggregate {
            filter: Some(expr(Expression::Q(q(&[("posts__is_active", t(true))])))),
            ..aggregate.clone()
        })),
        _ => unreachable!(),
    };
    let case = expr(Expression::Case(Case {
        cases: vec![expr(Expression::When(When {
            condition: expr(Expression::Q(q(&[("view_count__gt", i(5))]))),
            result: value(s("a")),
        }))],
        default: value(s("b")),
        output: None,
    }));
    let combined = {
        let mut left = post.filter(&[("title", s("x"))]).filter(&[("comments__body", s("y"))]).0;
        left.combine(&post.filter(&[("tags__name", s("z"))]).0, Connector::Or).expect("a union of conditions");
        Set(left)
    };
    let related = |names: &[&str]| {
        let names: Vec<Rc<str>> = names.iter().map(|name| Rc::from(*name)).collect();
        move |query: &mut crate::orm::query::Query| query.add_select_related(&names)
    };
    assert_eq!(post.0.select_related, Related::None);
    let cases: Vec<(&str, Set)> = vec![
        (
            "Post.objects.filter(title__icontains='django', view_count__gt=100)",
            post.filter(&[("title__icontains", s("django")), ("view_count__gt", i(100))]),
        ),
        (
            "Post.objects.filter(Q(view_count__gt=1000) | Q(is_featured=True)).exclude(author__is_staff=True).order_by('-created_at')[:10]",
            post.filter_q(&either)
                .expect("a filter")
                .exclude(&[("author__is_staff", t(true))])
                .order_by(&["-created_at"])
                .slice(None, Some(10)),
        ),
        (
            "User.objects.annotate(n=Count('posts')).filter(n__gte=5)",
            user.annotate("n", &count_posts).filter(&[("n__gte", i(5))]),
        ),
        ("Post.objects.select_related('author', 'category')", post.with(related(&["author", "category"]))),
        (
            "User.objects.annotate(latest=Subquery(Post.objects.filter(author=OuterRef('pk')).order_by('-created_at').values('title')[:1]))",
            user.annotate("latest", &expr(Expression::Subquery(latest))),
        ),
        ("Post.objects.exclude(tags__slug='django')", post.exclude(&[("tags__slug", s("django"))])),
        (
            "Post.objects.filter(tags__name='a').filter(tags__name='b')",
            post.filter(&[("tags__name", s("a"))]).filter(&[("tags__name", s("b"))]),
        ),
        (
            "Post.objects.filter(tags__name='a', tags__slug='b')",
            post.filter(&[("tags__name", s("a")), ("tags__slug", s("b"))]),
        ),
        ("Post.objects.filter(author__profile__location='x')", post.filter(&[("author__profile__location", s("x"))])),
        ("Post.objects.filter(category__name='x')", post.filter(&[("category__name", s("x"))])),
        (
            "Post.objects.filter(Q(category__name='x') | Q(author__username='y'))",
            post.filter_q(&either_related).expect("a filter"),
        ),
        ("Post.objects.exclude(category__name='x')", post.exclude(&[("category__name", s("x"))])),
        (
            "User.objects.filter(posts__comments__body='x').distinct()",
            user.filter(&[("posts__comments__body", s("x"))]).with(|query| query.distinct = true),
        ),
        (
            "User.objects.exclude(posts__title='x', posts__view_count=3)",
            user.exclude(&[("posts__title", s("x")), ("posts__view_count", i(3))]),
        ),
        ("Post.objects.filter(category__isnull=True)", post.filter(&[("category__isnull", t(true))])),
        ("User.objects.filter(posts__isnull=True)", user.filter(&[("posts__isnull", t(true))])),
        ("Post.objects.order_by('author__username', '-id')", post.order_by(&["author__username", "-id"])),
        ("Comment.objects.order_by('post')", comment.order_by(&["post"])),
        (
            "Post.objects.values('author__username').annotate(n=Count('id')).order_by('-n')",
            post.values(&["author__username"]).annotate("n", &aggregate(&COUNT, "id")).order_by(&["-n"]),
        ),
        (
            "Post.objects.values('author').annotate(n=Count('id')).filter(n__gt=2)",
            post.values(&["author"]).annotate("n", &aggregate(&COUNT, "id")).filter(&[("n__gt", i(2))]),
        ),
        ("User.objects.filter(pk__in=[1,2,3])", user.filter(&[("pk__in", ints(&[1, 2, 3]))])),
        (
            "User.objects.filter(posts__in=Post.objects.filter(title='x'))",
            user.filter(&[("posts__in", subset(&post.filter(&[("title", s("x"))])))]),
        ),
        (
            "Post.objects.filter(view_count__gt=F('author__age'))",
            post.filter(&[("view_count__gt", Datum::Expr(f("author__age")))]),
        ),
        (
            "User.objects.filter(Exists(Post.objects.filter(author=OuterRef('pk'))))",
            user.filter_q(&Q::new(vec![QNode::Expr(expr(Expression::Subquery(has_posts)))])).expect("a filter"),
        ),
        (
            "Post.objects.only('title')",
            post.with(|query| query.add_immediate_loading(&["title".into()]).expect("only")),
        ),
        (
            "Post.objects.defer('body', 'author__email').select_related('author')",
            post.with(|query| query.add_deferred_loading(&["body".into(), "author__email".into()]))
                .with(related(&["author"])),
        ),
        ("User.objects.select_related('profile')", user.with(related(&["profile"]))),
        ("Post.objects.filter(tags=1).values('id')", post.filter(&[("tags", i(1))]).values(&["id"])),
        ("Post.objects.filter(id__range=(1,5))", post.filter(&[("id__range", Datum::Tuple([i(1), i(5)].into()))])),
        (
            "Post.objects.filter(title__startswith=F('slug'))",
            post.filter(&[("title__startswith", Datum::Expr(f("slug")))]),
        ),
        (
            "Post.objects.filter(author__in=User.objects.filter(is_staff=True))",
            post.filter(&[("author__in", subset(&user.filter(&[("is_staff", t(true))])))]),
        ),
        (
            "User.objects.annotate(n=Count('posts', filter=Q(posts__is_active=True)))",
            user.annotate("n", &filtered_count),
        ),
        (
            "Post.objects.exclude(comments__author__username='x')",
            post.exclude(&[("comments__author__username", s("x"))]),
        ),
        ("User.objects.exclude(posts__tags__name='x')", user.exclude(&[("posts__tags__name", s("x"))])),
        (
            "Post.objects.annotate(c=Case(When(view_count__gt=5, then=Value('a')), default=Value('b'))).filter(c='a')",
            post.annotate("c", &case).filter(&[("c", s("a"))]),
        ),
        (
            "Post.objects.filter(~Q(author__age=3))",
            post.filter_q(&Q::new(vec![QNode::Q(q(&[("author__age", i(3))]).negate())])).expect("a filter"),
        ),
        ("Post.objects.filter(title='x').filter(comments__body='y') | Post.objects.filter(tags__name='z')", combined),
        ("User.objects.annotate(n=Count('posts')).values('n')", user.annotate("n", &count_posts).values(&["n"])),
        (
            "Tag.objects.filter(posts__author__username='x').order_by('posts__title')",
            tag.filter(&[("posts__author__username", s("x"))]).order_by(&["posts__title"]),
        ),
    ];
    let mut wrong = Vec::new();
    for (expression, set) in &cases {
        let (sql, wanted) = (set.sql(), expected(expression));
        if sql != wanted {
            wrong.push(format!("{expression}\n  Django {wanted}\n  we     {sql}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

#[test]
fn scripts_print_what_django_prints() {
    let b = blog();
    let mut models = vec![b.user, b.post.clone(), b.comment, b.tag, b.category, b.profile];
    models.extend(super::people::people(&b.post.registry));
    models.extend(super::people::tenants(&b.post.registry));
    let mut lines = include_str!("scripts.txt").lines();
    let mut wrong = Vec::new();
    let mut count = 0;
    while let (Some(script), Some(wanted)) = (lines.next(), lines.next()) {
        let wanted = wanted.trim();
        let printed = super::script::printed(script, &models);
        // Exceptions stand as "ERR class text".
        let wanted = match wanted.strip_prefix("ERR ") {
            Some(error) => error.replacen(' ', ": ", 1),
            None => wanted.to_owned(),
        };
        count += 1;
        if printed != wanted {
            wrong.push(format!("{script}\n  Django {wanted}\n  we     {printed}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
}
