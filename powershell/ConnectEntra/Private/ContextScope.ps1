# For sessions in constrained language, which may not emit types: parameters bind, and the command can say what is wrong.
enum ContextScope { Process; CurrentUser }
