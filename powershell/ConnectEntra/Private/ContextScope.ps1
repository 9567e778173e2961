# For sessions in constrained language, which may not emit types: parameters bind, and the command can say what is wrong.
enum ContextScope { Process; CurrentUser }
enum GraphRequestMethod { GET; POST; PUT; PATCH; DELETE }
enum GraphOutputType { HashTable; PSObject; HttpResponseMessage; Json }
enum GraphRequestSession { Unusable }
