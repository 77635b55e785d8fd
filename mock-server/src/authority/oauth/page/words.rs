//! What a permission is called on the page.

use crate::authority::oauth::scopes::{Identity, Word};
use crate::platform::{Entity, Mode, Platform, Scope};

/// A sentence for a person; the word itself stands below it.
pub(super) fn sentence(platform: &Platform, word: &Word) -> String {
    match word {
        Word::Identity(Identity::OpenId) => "Know which account you are".to_owned(),
        Word::Identity(Identity::Profile) => "Know your name".to_owned(),
        Word::Identity(Identity::Email) => "Know your email address".to_owned(),
        Word::Identity(Identity::OfflineAccess) => "Stay connected while you are away".to_owned(),
        Word::Right(scope) => right(platform, scope),
    }
}

fn right(platform: &Platform, scope: &Scope) -> String {
    let what = match scope.mode {
        Mode::R => "Read",
        Mode::Rw => "Read and change",
        Mode::Rwa => "Read, change and administer",
    };
    format!("{what} {}", thing(platform, scope))
}

fn thing(platform: &Platform, scope: &Scope) -> String {
    match (scope.entity, scope.id.as_deref()) {
        (Entity::Workspace, Some(id)) => workspace(platform, id),
        (Entity::Workspace, None) => "all your workspaces".to_owned(),
        (Entity::Org, Some(id)) => platform.org(id).map_or("an organisation".to_owned(), |org| {
            format!("the organisation {}", org.name)
        }),
        (Entity::Org, None) => "all your organisations".to_owned(),
        (Entity::Share, _) => "your shares".to_owned(),
        (Entity::User, _) => "everything you have access to".to_owned(),
        (Entity::UserDetails, _) => "your account settings".to_owned(),
    }
}

fn workspace(platform: &Platform, id: &str) -> String {
    let found = platform.all_workspaces().find(|workspace| workspace.id == id);
    let Some(workspace) = found else {
        return "a workspace".to_owned();
    };
    match platform.org(&workspace.org) {
        Some(org) => format!("the workspace {} of {}", workspace.folder_name, org.name),
        None => format!("the workspace {}", workspace.folder_name),
    }
}
