use crate::context::Context;

/// What the original says after a connect, word for word: scripts look for it.
pub(crate) fn text(context: &Context) -> String {
    let how = context.auth_type.name().to_lowercase();
    let client = &context.client_id;
    [
        "Welcome to Microsoft Graph!",
        "",
        &format!("Connected via {how} access using {client}"),
        "Readme: https://aka.ms/graph/sdk/powershell",
        "SDK Docs: https://aka.ms/graph/sdk/powershell/docs",
        "API Docs: https://aka.ms/graph/docs",
        "",
        "NOTE: You can use the -NoWelcome parameter to suppress this message.",
    ]
    .join("\n")
}
