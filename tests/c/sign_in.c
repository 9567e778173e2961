/* Signs in through the C door with a client secret and shows the context, as any program could.
 *
 *     sign_in LOGIN GRAPH TENANT CLIENT_ID     secret in CLIENT_SECRET, a folder for settings in HOME
 *
 * Prints the context as name=value lines; ends with 0 when signed in, 1 when refused, 2 on misuse. */
#include "connect_entra.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void fail(const char *door, int32_t status) {
  uint8_t text[256];
  uint64_t length = 0;
  if (entra_status_text(status, text, sizeof text, &length) == ENTRA_OK) fprintf(stderr, "%s: %.*s\n", door, (int)length, (const char *)text);
  exit(2);
}

static void check(const char *door, int32_t status) {
  if (status < ENTRA_OK) fail(door, status);
}

struct bag {
  char bytes[8192];
  uint64_t length;
};

/* The bag has room for what this program puts in; anything longer is an error of its caller. */
static void put(struct bag *bag, const char *name, const char *value) {
  int written = snprintf(bag->bytes + bag->length, sizeof bag->bytes - bag->length, "%s=%s", name, value);
  if (written < 0 || bag->length + (uint64_t)written + 1 > sizeof bag->bytes) fail("bag", ENTRA_BAD_BAG);
  bag->length += (uint64_t)written + 1;
}

static void secret(uint64_t operation, const char *name, const char *value) {
  check("entra_op_secret", entra_op_secret(operation, (const uint8_t *)name, strlen(name), value, strlen(value), 1));
}

/* Answers with those variables of this process that were asked for. */
static void answer_variables(uint64_t operation, const char *asked, uint64_t length) {
  struct bag answer = {.length = 0};
  for (const char *entry = asked; entry < asked + length; entry += strlen(entry) + 1) {
    const char *name = strchr(entry, '=') + 1, *value = getenv(name);
    if (!value) continue;
    if (strncmp(entry, "Secret=", 7) == 0) secret(operation, name, value);
    else if (strncmp(entry, "Name=", 5) == 0) put(&answer, name, value);
  }
  check("entra_op_answer", entra_op_answer(operation, (const uint8_t *)answer.bytes, answer.length));
}

/* Runs an operation to its end; 0 with the result printed, 1 with the error printed. */
static int run(uint64_t operation, int print) {
  static uint8_t buffer[65536];
  for (;;) {
    uint32_t kind = 0;
    uint64_t length = 0;
    int32_t status = entra_op_next(operation, 50, &kind, buffer, sizeof buffer, &length);
    check("entra_op_next", status);
    if (status == ENTRA_TIMEOUT) continue;
    if (kind == ENTRA_EVENT_ASK_VARIABLES) answer_variables(operation, (const char *)buffer, length);
    if (kind != ENTRA_EVENT_RESULT && kind != ENTRA_EVENT_ERROR) continue;
    FILE *out = kind == ENTRA_EVENT_RESULT ? stdout : stderr;
    for (const uint8_t *entry = buffer; (print || out == stderr) && entry < buffer + length; entry += strlen((const char *)entry) + 1)
      fprintf(out, "%s\n", (const char *)entry);
    check("entra_op_free", entra_op_free(operation));
    return kind == ENTRA_EVENT_RESULT ? 0 : 1;
  }
}

int main(int count, char **arguments) {
  const char *value = getenv("CLIENT_SECRET");
  uint64_t operation = 0;
  if (count != 5 || !value) return fprintf(stderr, "usage: sign_in LOGIN GRAPH TENANT CLIENT_ID, with CLIENT_SECRET\n"), 2;
  if (entra_abi_version() != 1) return fprintf(stderr, "another version of the library\n"), 2;

  struct bag environment = {.length = 0};
  put(&environment, "Action", "Add");
  put(&environment, "Name", "Given");
  put(&environment, "AzureADEndpoint", arguments[1]);
  put(&environment, "GraphEndpoint", arguments[2]);
  check("entra_environment_begin", entra_environment_begin((const uint8_t *)environment.bytes, environment.length, &operation));
  if (run(operation, 0) != 0) return 1;

  struct bag bag = {.length = 0};
  put(&bag, "ParameterSet", "AppSecretCredentialParameterSet");
  put(&bag, "Environment", "Given");
  put(&bag, "TenantId", arguments[3]);
  put(&bag, "ClientId", arguments[4]);
  check("entra_connect_begin", entra_connect_begin((const uint8_t *)bag.bytes, bag.length, &operation));
  secret(operation, "ClientSecret", value);
  return run(operation, 1);
}
