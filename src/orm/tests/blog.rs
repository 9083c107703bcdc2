//! The blog's models, built by hand.

use std::rc::Rc;

use crate::orm::models::{FieldData, FieldKind, Meta, Model, OrderTerm, Registry, Relation, Target};
use crate::orm::query::{Aggregate, Expr, Expression, Func, FuncSpec, Q, QNode, Query, Value};
use crate::orm::sql::{compile, interpolate};
use crate::orm::{Datum, OrmResult};

/// The models by name.
pub struct Blog {
    pub user: Model,
    pub post: Model,
    pub comment: Model,
    pub tag: Model,
    pub category: Model,
    pub profile: Model,
}

fn model(registry: &Rc<Registry>, name: &str, table: &str) -> Model {
    let meta =
        Meta { app_label: "blog".into(), db_table: table.into(), managed: true, can_migrate: true, ..Meta::default() };
    let model = Model::new(registry, name, meta);
    let mut id = FieldData::new(FieldKind::BigAuto, "id");
    id.options.primary_key = true;
    id.creation_counter = -1;
    model.add_field(id);
    model
}

fn field(model: &Model, kind: FieldKind, name: &str) {
    model.add_field(FieldData::new(kind, name));
}

fn nullable(model: &Model, kind: FieldKind, name: &str) {
    let mut data = FieldData::new(kind, name);
    data.options.null = true;
    model.add_field(data);
}

fn key(model: &Model, kind: FieldKind, name: &str, target: &Model, related: &str, null: bool) {
    let mut data = FieldData::new(kind, name);
    let mut relation = Relation::to(Target::Model(target.clone()));
    relation.related_name = Some(related.into());
    data.relation = Some(relation);
    data.options.null = null;
    model.add_field(data);
}

pub fn blog() -> Blog {
    use FieldKind::{Boolean, Char, DateTime, Email, ForeignKey, Image, OneToOne, PositiveInteger, Slug, Text, Url};
    let registry = Registry::new();
    let user = model(&registry, "User", "auth_user");
    field(&user, Char, "username");
    field(&user, Email, "email");
    nullable(&user, PositiveInteger, "age");
    field(&user, Boolean, "is_staff");
    field(&user, Boolean, "is_active");
    field(&user, DateTime, "date_joined");
    registry.register(&user);
    let profile = model(&registry, "Profile", "blog_profile");
    key(&profile, OneToOne, "user", &user, "profile", false);
    field(&profile, Text, "bio");
    field(&profile, Image, "avatar");
    field(&profile, Url, "website");
    field(&profile, Char, "location");
    registry.register(&profile);
    let category = model(&registry, "Category", "blog_category");
    field(&category, Char, "name");
    field(&category, Slug, "slug");
    registry.register(&category);
    let tag = model(&registry, "Tag", "blog_tag");
    field(&tag, Char, "name");
    field(&tag, Slug, "slug");
    registry.register(&tag);
    let post = model(&registry, "Post", "blog_post");
    field(&post, Char, "title");
    field(&post, Slug, "slug");
    field(&post, Text, "body");
    key(&post, ForeignKey, "author", &user, "posts", false);
    key(&post, ForeignKey, "category", &category, "posts", true);
    let mut tags = FieldData::new(FieldKind::ManyToMany, "tags");
    let mut relation = Relation::to(Target::Model(tag.clone()));
    relation.related_name = Some("posts".into());
    tags.relation = Some(relation);
    let tags = post.add_field(tags);
    post.make_through(&tags, FieldKind::BigAuto).expect("a table between posts and tags");
    field(&post, PositiveInteger, "view_count");
    field(&post, Boolean, "is_active");
    field(&post, Boolean, "is_featured");
    field(&post, DateTime, "created_at");
    field(&post, DateTime, "updated_at");
    nullable(&post, DateTime, "deleted_at");
    let mut meta = (*post.meta()).clone();
    meta.ordering = vec![OrderTerm::Name("-created_at".into())];
    post.set_meta(meta);
    registry.register(&post);
    let comment = model(&registry, "Comment", "blog_comment");
    key(&comment, ForeignKey, "post", &post, "comments", false);
    key(&comment, ForeignKey, "author", &user, "comments", false);
    field(&comment, Text, "body");
    field(&comment, Boolean, "is_approved");
    field(&comment, DateTime, "created_at");
    registry.register(&comment);
    Blog { user, post, comment, tag, category, profile }
}

pub fn s(text: &str) -> Datum {
    Datum::str(text)
}

pub fn i(number: i64) -> Datum {
    Datum::Int(number)
}

pub fn f(name: &str) -> Expr {
    Rc::new(Expression::F(name.into()))
}

pub fn outer(name: &str) -> Datum {
    Datum::Expr(Rc::new(Expression::OuterRef { name: name.into(), depth: 0 }))
}

pub fn value(value: Datum) -> Expr {
    Rc::new(Expression::Value(Value { value, output: None, for_save: false }))
}

pub fn aggregate(spec: &'static FuncSpec, name: &str) -> Expr {
    let arg = if name == "*" { Rc::new(Expression::Star) } else { f(name) };
    Rc::new(Expression::Aggregate(Aggregate {
        func: Func::new(spec, vec![arg]),
        distinct: false,
        filter: None,
        order_by: None,
        default: None,
        default_typed: false,
        is_summary: false,
    }))
}

pub fn q(pairs: &[(&str, Datum)]) -> Q {
    Q::new(pairs.iter().map(|(name, value)| QNode::Pair((*name).into(), value.clone())).collect())
}

/// A queryset: each step works on a copy, as the methods of Django's do.
#[derive(Clone)]
pub struct Set(pub Query);

impl Set {
    pub fn of(model: &Model) -> Self {
        Self(Query::new(model))
    }

    pub fn filter(&self, pairs: &[(&str, Datum)]) -> Self {
        self.filter_q(&q(pairs)).expect("a filter")
    }

    pub fn filter_q(&self, q: &Q) -> OrmResult<Self> {
        let mut query = self.0.chain();
        query.add_q(q)?;
        Ok(Self(query))
    }

    pub fn exclude(&self, pairs: &[(&str, Datum)]) -> Self {
        self.filter_q(&q(pairs).negate()).expect("an exclude")
    }

    pub fn order_by(&self, names: &[&str]) -> Self {
        let mut query = self.0.chain();
        query.clear_ordering(true, false);
        let terms: Vec<OrderTerm> = names.iter().map(|name| OrderTerm::Name((*name).into())).collect();
        query.add_ordering(&terms).expect("an ordering");
        Self(query)
    }

    pub fn annotate(&self, name: &str, expr: &Expr) -> Self {
        let mut query = self.0.chain();
        query.add_annotation(expr, name, true).expect("an annotation");
        if query.annotation(name).is_some_and(|expr| expr.contains_aggregate()) {
            if query.selected.is_none() && query.values_select.is_empty() {
                query.group_by = crate::orm::query::GroupBy::All;
            } else {
                query.set_group_by(true).expect("a grouping");
            }
        }
        Self(query)
    }

    pub fn values(&self, names: &[&str]) -> Self {
        let mut query = self.0.chain();
        let names: Vec<Rc<str>> = names.iter().map(|name| Rc::from(*name)).collect();
        query.set_values(&names).expect("values");
        Self(query)
    }

    pub fn slice(&self, low: Option<u64>, high: Option<u64>) -> Self {
        let mut query = self.0.chain();
        query.set_limits(low, high);
        Self(query)
    }

    pub fn with(&self, change: impl FnOnce(&mut Query)) -> Self {
        let mut query = self.0.chain();
        change(&mut query);
        Self(query)
    }

    /// `str(queryset.query)`.
    pub fn sql(&self) -> String {
        let mut query = self.0.clone();
        match compile(&mut query, None).and_then(|statement| interpolate(&statement.sql, &statement.params)) {
            Ok(sql) => sql,
            Err(error) => format!("{error:?}").trim_end_matches(": ").to_owned(),
        }
    }
}
