//! Models that inherit, and one that points at itself.

use std::rc::Rc;

use crate::orm::models::{FieldData, FieldKind, Meta, Model, OrderTerm, Registry, Relation, Target};

fn model(registry: &Rc<Registry>, name: &str, table: &str) -> Model {
    let meta = Meta { app_label: "blog".into(), db_table: table.into(), managed: true, ..Meta::default() };
    Model::new(registry, name, meta)
}

fn key(model: &Model, kind: FieldKind, name: &str, target: Target, change: impl FnOnce(&mut FieldData)) {
    let mut data = FieldData::new(kind, name);
    data.relation = Some(Relation::to(target));
    change(&mut data);
    model.add_field(data);
}

fn id(model: &Model) {
    let mut id = FieldData::new(FieldKind::BigAuto, "id");
    id.options.primary_key = true;
    id.creation_counter = -1;
    model.add_field(id);
}

fn child(registry: &Rc<Registry>, name: &str, parent: &Model) -> Model {
    let child = model(registry, name, &name.to_lowercase());
    let mut meta = (*child.meta()).clone();
    meta.ordering.clone_from(&parent.meta().ordering);
    child.set_meta(meta);
    let link = format!("{}_ptr", parent.model_name);
    key(&child, FieldKind::OneToOne, &link, Target::Model(parent.clone()), |data| {
        data.options.primary_key = true;
        data.options.auto_created = true;
        if let Some(relation) = &mut data.relation {
            relation.parent_link = true;
        }
    });
    let link = child.forward_field(&link).expect("the link to the parent");
    child.add_parent(parent, Some(&link));
    child
}

pub fn people(registry: &Rc<Registry>) -> Vec<Model> {
    let place = model(registry, "Place", "place");
    id(&place);
    place.add_field(FieldData::new(FieldKind::Char, "name"));
    place.add_field(FieldData::new(FieldKind::Char, "address"));
    let mut meta = (*place.meta()).clone();
    meta.ordering = vec![OrderTerm::Name("name".into())];
    place.set_meta(meta);
    registry.register(&place);
    let restaurant = child(registry, "Restaurant", &place);
    restaurant.add_field(FieldData::new(FieldKind::Boolean, "pizza"));
    registry.register(&restaurant);
    let italian = child(registry, "Italian", &restaurant);
    italian.add_field(FieldData::new(FieldKind::Boolean, "gnocchi"));
    registry.register(&italian);
    let proxy = model(registry, "Proxy", "");
    let mut meta = (*proxy.meta()).clone();
    meta.ordering.clone_from(&place.meta().ordering);
    proxy.set_meta(meta);
    proxy.set_proxy_for(&restaurant);
    proxy.add_parent(&restaurant, None);
    registry.register(&proxy);
    let waiter = model(registry, "Waiter", "waiter");
    id(&waiter);
    key(&waiter, FieldKind::ForeignKey, "restaurant", Target::Model(restaurant.clone()), |data| {
        if let Some(relation) = &mut data.relation {
            relation.related_name = Some("waiters".into());
        }
    });
    key(&waiter, FieldKind::ForeignKey, "boss", Target::Name("self".into()), |data| {
        data.options.null = true;
        if let Some(relation) = &mut data.relation {
            relation.related_name = Some("staff".into());
        }
    });
    waiter.add_field(FieldData::new(FieldKind::Char, "name"));
    let mut friends = FieldData::new(FieldKind::ManyToMany, "friends");
    let mut relation = Relation::to(Target::Name("self".into()));
    relation.symmetrical = true;
    friends.relation = Some(relation);
    let friends = waiter.add_field(friends);
    waiter.make_through(&friends, FieldKind::BigAuto).expect("a table between waiters");
    registry.register(&waiter);
    vec![place, restaurant, italian, proxy, waiter]
}

/// Models of which one has a key of two columns.
pub fn tenants(registry: &Rc<Registry>) -> Vec<Model> {
    let tenant = model(registry, "Tenant", "tenant");
    id(&tenant);
    tenant.add_field(FieldData::new(FieldKind::Char, "name"));
    registry.register(&tenant);
    let member = model(registry, "Member", "member");
    let mut pk = FieldData::new(FieldKind::CompositePrimaryKey, "pk");
    pk.options.primary_key = true;
    pk.composite = vec!["tenant_id".into(), "id".into()];
    member.add_field(pk);
    key(&member, FieldKind::ForeignKey, "tenant", Target::Model(tenant.clone()), |data| {
        if let Some(relation) = &mut data.relation {
            relation.related_name = Some("members".into());
        }
    });
    member.add_field(FieldData::new(FieldKind::Integer, "id"));
    member.add_field(FieldData::new(FieldKind::Char, "email"));
    registry.register(&member);
    vec![tenant, member]
}
