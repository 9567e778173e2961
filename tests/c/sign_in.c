/* Signs in through the C door with a client secret and shows the context, as any program could.
 *
 *     sign_in LOGIN GRAPH TENANT CLIENT_ID     secret in CLIENT_SECRET, a folder for settings in HOME
 *
 * Prints the context as name=value lines; ends with 0 when signed in, 1 when refused, 2 on misuse. */
#include "host.h"

static void print_result(uint64_t operation, const char *entries, uint64_t length) {
  (void)operation;
  print(stdout, entries, length);
}

int main(int count, char **arguments) {
  const char *value = getenv("CLIENT_SECRET");
  if (count != 5 || !value) return fprintf(stderr, "usage: sign_in LOGIN GRAPH TENANT CLIENT_ID, with CLIENT_SECRET\n"), 2;
  if (entra_abi_version() != 2) return fprintf(stderr, "another version of the library\n"), 2;

  if (add_environment(arguments[1], arguments[2]) != 0) return 1;

  uint64_t operation = begin_connect(arguments[3], arguments[4]);
  secret(operation, "ClientSecret", value);
  return run(operation, print_result);
}
