/* Signs in, takes a token and signs out, and stands still before and after that, so that its memory can be searched.
 *
 *     forget LOGIN GRAPH TENANT CLIENT_ID     the secret is the first line of standard input; a folder in HOME
 *
 * Prints the token and stands still until the next line comes, signs out, says so, and stands still until the input
 * ends. Its own copies of the secret and of the token are wiped, and neither passes through a buffer of stdio. */
#define _POSIX_C_SOURCE 200809L
#include "host.h"
#include <unistd.h>

static char own[16384];

static void wipe(void) {
  for (volatile char *byte = own; byte < own + sizeof own; byte++) *byte = 0;
}

static void say(const char *text, uint64_t length) {
  if (write(STDOUT_FILENO, text, length) != (ssize_t)length) exit(2);
}

/* The next line without its end; nothing at the end of the input. */
static uint64_t line(void) {
  uint64_t length = 0;
  while (length < sizeof own - 1 && read(STDIN_FILENO, own + length, 1) == 1 && own[length] != '\n') length++;
  own[length] = 0;
  return length;
}

static void pass_token_on(uint64_t operation, const char *entries, uint64_t length) {
  (void)entries, (void)length;
  uint64_t read = 0;
  do {
    check("entra_op_read", entra_op_read(operation, (uint8_t *)own, sizeof own, &read));
    say(own, read);
    wipe();
  } while (read > 0);
  say("\n", 1);
}

int main(int count, char **arguments) {
  if (count != 5) return fprintf(stderr, "usage: forget LOGIN GRAPH TENANT CLIENT_ID, with the secret as input\n"), 2;
  if (add_environment(arguments[1], arguments[2]) != 0) return 1;
  uint64_t operation = begin_connect(arguments[3], arguments[4]);
  line();
  secret(operation, "ClientSecret", own);
  wipe();
  if (run(operation, NULL) != 0) return 1;

  check("entra_token_begin", entra_token_begin(NULL, 0, &operation));
  if (run(operation, pass_token_on) != 0) return 1;
  line();
  check("entra_disconnect_begin", entra_disconnect_begin(NULL, 0, &operation));
  if (run(operation, NULL) != 0) return 1;
  say("signed out\n", 11);
  line();
  return 0;
}
