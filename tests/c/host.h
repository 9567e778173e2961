/* What a program in C needs around the C door: bags, questions for variables, and operations run to their end. */
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

/* What to do with a result: its entries, and the operation, whose bytes may be read. */
typedef void (*shown)(uint64_t operation, const char *entries, uint64_t length);

static void print(FILE *out, const char *entries, uint64_t length) {
  for (const char *entry = entries; entry < entries + length; entry += strlen(entry) + 1) fprintf(out, "%s\n", entry);
}

/* Runs an operation to its end; 0 with the result given to `show`, if there is one, or 1 with the error printed. */
static int run(uint64_t operation, shown show) {
  static uint8_t buffer[65536];
  for (;;) {
    uint32_t kind = 0;
    uint64_t length = 0;
    int32_t status = entra_op_next(operation, 50, &kind, buffer, sizeof buffer, &length);
    check("entra_op_next", status);
    if (status == ENTRA_TIMEOUT) continue;
    if (kind == ENTRA_EVENT_ASK_VARIABLES) answer_variables(operation, (const char *)buffer, length);
    if (kind != ENTRA_EVENT_RESULT && kind != ENTRA_EVENT_ERROR) continue;
    const char *entries = (const char *)buffer;
    if (kind == ENTRA_EVENT_ERROR) print(stderr, entries, length);
    else if (show) show(operation, entries, length);
    check("entra_op_free", entra_op_free(operation));
    return kind == ENTRA_EVENT_RESULT ? 0 : 1;
  }
}

/* Makes the environment `Given` of these two addresses. */
static int add_environment(const char *login, const char *graph) {
  uint64_t operation = 0;
  struct bag bag = {.length = 0};
  put(&bag, "Action", "Add");
  put(&bag, "Name", "Given");
  put(&bag, "AzureADEndpoint", login);
  put(&bag, "GraphEndpoint", graph);
  check("entra_environment_begin", entra_environment_begin((const uint8_t *)bag.bytes, bag.length, &operation));
  return run(operation, NULL);
}

/* A sign-in at `Given`, which still lacks its secret. */
static uint64_t begin_connect(const char *tenant, const char *client_id) {
  uint64_t operation = 0;
  struct bag bag = {.length = 0};
  put(&bag, "ParameterSet", "AppSecretCredentialParameterSet");
  put(&bag, "Environment", "Given");
  put(&bag, "TenantId", tenant);
  put(&bag, "ClientId", client_id);
  check("entra_connect_begin", entra_connect_begin((const uint8_t *)bag.bytes, bag.length, &operation));
  return operation;
}
