//! Models files as people have them: Django's users, files that import each other, packages that are not there.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

/// A folder with these files.
fn project(files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().expect("a folder for the test");
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().expect("files lie in apps")).expect("a folder for the app");
        fs::write(path, text).expect("a file of the app");
    }
    folder
}

fn ormdojo(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_ormdojo"))
        .args(arguments)
        .current_dir(folder)
        .env("ORMDOJO_HOME", folder.join("home"))
        .output()
        .expect("the binary runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

const BLOG: &str = "
from django.contrib import admin
from django.contrib.auth.models import User
from django.db import models
from django.urls import reverse

class Post(models.Model):
    title = models.CharField(max_length=250)
    author = models.ForeignKey(User, related_name='blog_posts', on_delete=models.CASCADE)

    @admin.display(ordering='title')
    def shown(self):
        return self.title

    def get_absolute_url(self):
        return reverse('blog:post', args=[self.pk])
";

#[test]
fn django_s_own_users_are_there() {
    let folder = project(&[("news/models.py", BLOG)]);
    let told =
        ormdojo(folder.path(), &["sql", "--models", "news/models.py", "Post.objects.filter(author__is_staff=True)"]);
    // The statement that Django 5.2.19 sends.
    assert_eq!(
        text(&told.stdout).trim_end(),
        "SELECT \"news_post\".\"id\", \"news_post\".\"title\", \"news_post\".\"author_id\" FROM \"news_post\" \
         INNER JOIN \"auth_user\" ON (\"news_post\".\"author_id\" = \"auth_user\".\"id\") WHERE \"auth_user\".\"is_staff\";"
    );
    assert!(text(&told.stderr).contains("line 5: not here: module django.urls; without reverse"), "{told:?}");
}

#[test]
fn the_tables_of_users_are_those_of_django() {
    let folder = project(&[("news/models.py", BLOG)]);
    let schema = text(&ormdojo(folder.path(), &["schema", "--models", "news/models.py", "--sql"]).stdout);
    // Django's own apps keep their integer keys beside the BigAutoField of others, as its schema editor prints them.
    let line = "CREATE TABLE \"news_post\" (\"id\" integer NOT NULL PRIMARY KEY AUTOINCREMENT, \"title\" varchar(250) \
                NOT NULL, \"author_id\" integer NOT NULL REFERENCES \"auth_user\" (\"id\") DEFERRABLE INITIALLY DEFERRED);";
    assert!(schema.lines().any(|found| found == line), "{line}\nis not in\n{schema}");
}

#[test]
fn a_user_model_of_one_s_own_is_found() {
    let folder = project(&[
        (
            "accounts/models.py",
            "from django.contrib.auth.models import AbstractUser\nfrom django.db import models\n\
             class Member(AbstractUser):\n    city = models.CharField(max_length=20)\n",
        ),
        (
            "store/models.py",
            "from django.conf import settings\nfrom django.db import models\nfrom .managers import OpenManager\n\
             from accounts.models import Member\nclass Cart(models.Model):\n    \
             owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)\n    \
             objects = OpenManager()\n",
        ),
        (
            "store/managers.py",
            "from django.db import models\nclass OpenManager(models.Manager):\n    def of(self, city):\n        \
             return self.filter(owner__city=city)\n",
        ),
    ]);
    let told = ormdojo(
        folder.path(),
        &["sql", "--models", "store/models.py", "--models", "accounts", "Cart.objects.of('Rome').values('id')"],
    );
    assert_eq!(
        text(&told.stdout).trim_end(),
        "SELECT \"store_cart\".\"id\" AS \"id\" FROM \"store_cart\" INNER JOIN \"accounts_member\" ON \
         (\"store_cart\".\"owner_id\" = \"accounts_member\".\"id\") WHERE \"accounts_member\".\"city\" = 'Rome';",
        "{told:?}"
    );
}

#[test]
fn what_is_not_there_is_told_and_the_rest_works() {
    let folder = project(&[(
        "pics/models.py",
        "from django.db import models\nfrom taggit.managers import TaggableManager\n\
         class Album(models.Model):\n    name = models.CharField(max_length=9)\n\
         class Photo(models.Model):\n    tags = TaggableManager()\n",
    )]);
    let told = ormdojo(folder.path(), &["sql", "--models", "pics/models.py", "Album.objects.values('name')"]);
    assert_eq!(told.status.code(), Some(0));
    assert_eq!(text(&told.stdout).trim_end(), "SELECT \"pics_album\".\"name\" AS \"name\" FROM \"pics_album\";");
    let notes = text(&told.stderr);
    assert!(notes.contains("line 2: not here: ModuleNotFoundError: No module named 'taggit'"), "{notes}");
    assert!(notes.contains("without Photo"), "{notes}");
}

#[test]
fn a_mistake_in_models_is_an_error_with_its_place() {
    for (models, says) in [
        ("from django.db import models\nclass A(models.Model):\n    x = models.CharField(max_length=)\n", "line 3"),
        ("from django.db import models\nclass A(models.Model):\n    b = models.ForeignKey('B')\n", "on_delete"),
        ("from django.db import models\nx = models.Model.nothing\n", "line 2"),
    ] {
        let folder = project(&[("app/models.py", models)]);
        let told = ormdojo(folder.path(), &["sql", "--models", "app/models.py", "A.objects.all()"]);
        assert_eq!((told.status.code(), text(&told.stdout).as_str()), (Some(3), ""), "{models}");
        assert!(text(&told.stderr).contains(says), "{models}\n{told:?}");
    }
}

#[test]
fn a_learner_s_code_reads_no_file_beside_the_models() {
    let folder = project(&[
        ("app/models.py", "from django.db import models\nclass A(models.Model):\n    pass\n"),
        ("app/secret.py", "KEY = 'hidden'\n"),
    ]);
    fs::write(folder.path().join("p.py"), "from app.secret import KEY\nprint(KEY)\n").expect("a program");
    let told = ormdojo(folder.path(), &["run", "--models", "app/models.py", "p.py"]);
    assert_eq!(told.status.code(), Some(1));
    assert!(!text(&told.stdout).contains("hidden"));
}
