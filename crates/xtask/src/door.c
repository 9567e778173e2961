/* Signs in through the C door, for the demo where there is no PowerShell and for the benchmark.
 *
 *   door LIBRARY show Name=Value...        one connect; prints what the library says and who is connected
 *   door LIBRARY time COUNT Name=Value...  COUNT connects, each after a disconnect; prints their times in microseconds
 *   door LIBRARY silent Name=Value...      one connect of a person who is kept; prints its time in microseconds
 *   door LIBRARY tokens COUNT Name=Value...  one connect, then COUNT times the token from memory; prints microseconds
 *
 * The client secret comes from the environment variable DOOR_SECRET, the cloud from DOOR_LOGIN and DOOR_GRAPH.
 */
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MESSAGE = 3, ASK_VARIABLES = 6, RESULT = 10, ERROR = 11 };

typedef int32_t begin_door(const uint8_t *, uint64_t, uint64_t *);
static begin_door *connect_begin, *disconnect_begin, *environment_begin, *token_begin;
static int32_t (*op_secret)(uint64_t, const uint8_t *, uint64_t, const void *, uint64_t, uint32_t);
static int32_t (*op_next)(uint64_t, uint32_t, uint32_t *, uint8_t *, uint64_t, uint64_t *);
static int32_t (*op_answer)(uint64_t, const uint8_t *, uint64_t);
static int32_t (*op_free)(uint64_t);

struct bag {
    char bytes[65536];
    size_t length;
};

static void die(const char *what, const char *detail) {
    fprintf(stderr, "door: %s: %s\n", what, detail);
    exit(1);
}

static void put(struct bag *bag, const char *entry) {
    size_t length = strlen(entry) + 1;
    if (bag->length + length > sizeof bag->bytes) die("too much", entry);
    memcpy(bag->bytes + bag->length, entry, length);
    bag->length += length;
}

static void put_pair(struct bag *bag, const char *name, const char *value) {
    char entry[4096];
    snprintf(entry, sizeof entry, "%s=%s", name, value);
    put(bag, entry);
}

/* The next entry of a bag after `at`, NULL at its end. */
static const char *entry_after(const struct bag *bag, const char *at) {
    const char *next = at ? at + strlen(at) + 1 : bag->bytes;
    return next < bag->bytes + bag->length ? next : NULL;
}

static void print(const struct bag *bag, FILE *to) {
    for (const char *entry = entry_after(bag, NULL); entry; entry = entry_after(bag, entry)) fprintf(to, "  %s\n", entry);
}

static void *door(void *library, const char *name) {
    void *found = dlsym(library, name);
    if (!found) die("not in the library", name);
    return found;
}

static void load(const char *path) {
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!library) die("cannot load the library", dlerror());
    *(void **)&connect_begin = door(library, "entra_connect_begin");
    *(void **)&disconnect_begin = door(library, "entra_disconnect_begin");
    *(void **)&environment_begin = door(library, "entra_environment_begin");
    *(void **)&token_begin = dlsym(library, "entra_token_begin");
    *(void **)&op_secret = door(library, "entra_op_secret");
    *(void **)&op_next = door(library, "entra_op_next");
    *(void **)&op_answer = door(library, "entra_op_answer");
    *(void **)&op_free = door(library, "entra_op_free");
}

static void secret(uint64_t op, const char *name, const char *value) {
    if (op_secret(op, (const uint8_t *)name, strlen(name), value, strlen(value), 1)) die("secret refused", name);
}

/* A host that is no shell: its variables are the process's own. */
static void answer_variables(uint64_t op, const struct bag *asked) {
    static struct bag answer;
    answer.length = 0;
    for (const char *entry = entry_after(asked, NULL); entry; entry = entry_after(asked, entry)) {
        const char *value, *name = strchr(entry, '=');
        if (!name || !(value = getenv(++name))) continue;
        if (!strncmp(entry, "Name=", 5)) put_pair(&answer, name, value);
        if (!strncmp(entry, "Secret=", 7)) secret(op, name, value);
    }
    if (op_answer(op, (const uint8_t *)answer.bytes, answer.length)) die("answer refused", "variables");
}

/* Runs an operation to its end; its last event stays in `event`. */
static void finish(uint64_t op, struct bag *event) {
    uint32_t kind = 0;
    while (kind != RESULT) {
        uint64_t length = 0;
        int32_t status = op_next(op, 50, &kind, (uint8_t *)event->bytes, sizeof event->bytes, &length);
        if (status == 1) {
            kind = 0;
            continue;
        }
        if (status != 0) die("operation", "unexpected status");
        event->length = length;
        if (kind == MESSAGE) print(event, stdout);
        if (kind == ASK_VARIABLES) answer_variables(op, event);
        if (kind == ERROR) {
            print(event, stderr);
            die("the library answers with an error", "see above");
        }
    }
    op_free(op);
}

static uint64_t begin(begin_door *with, const struct bag *bag) {
    uint64_t op = 0;
    if (with((const uint8_t *)bag->bytes, bag->length, &op)) die("cannot begin", bag->bytes);
    return op;
}

static void add_cloud(void) {
    static struct bag bag, event;
    const char *login = getenv("DOOR_LOGIN"), *graph = getenv("DOOR_GRAPH");
    put(&bag, "Action=Add");
    put(&bag, "Name=Simulator");
    put_pair(&bag, "AzureADEndpoint", login ? login : "");
    put_pair(&bag, "GraphEndpoint", graph ? graph : "");
    finish(begin(environment_begin, &bag), &event);
}

static void sign_in(const struct bag *bag, struct bag *event) {
    const char *value = getenv("DOOR_SECRET");
    uint64_t op = begin(connect_begin, bag);
    if (value) secret(op, "ClientSecret", value);
    finish(op, event);
}

/* The next sign-in asks the service again instead of finding the token in memory. */
static void sign_out(struct bag *event) {
    static struct bag bag;
    const char *entry = NULL;
    bag.length = 0;
    while ((entry = entry_after(event, entry))) {
        if (!strncmp(entry, "Connection=", 11)) put(&bag, entry);
    }
    finish(begin(disconnect_begin, &bag), event);
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

int main(int count, char **words) {
    static struct bag request, event;
    if (count < 3) die("usage", "door LIBRARY show|time|silent|tokens [COUNT] Name=Value...");
    int show = !strcmp(words[2], "show"), silent = !strcmp(words[2], "silent"), tokens = !strcmp(words[2], "tokens");
    int once = show || silent, times = once || count < 4 ? 1 : atoi(words[3]);
    for (int i = once ? 3 : 4; i < count; i++) put(&request, words[i]);
    load(words[1]);
    if (tokens && !token_begin) die("not in the library", "entra_token_begin");
    add_cloud();
    if (show || tokens) sign_in(&request, &event);
    if (show) print(&event, stdout);
    double start = now();
    for (int i = 0; !show && i < times; i++) {
        if (tokens) {
            static struct bag empty;
            finish(begin(token_begin, &empty), &event);
            continue;
        }
        sign_in(&request, &event);
        printf("%.0f\n", now() - start);
        if (!silent) sign_out(&event);
        start = now();
    }
    if (tokens) printf("%.0f\n", now() - start);
    return 0;
}
