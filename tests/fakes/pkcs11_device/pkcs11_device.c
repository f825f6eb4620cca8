/* A test token that speaks PKCS #11 with a vendor's numbers for SM2, strict and, if told, unkind.
 *
 * Its memory is that of c_device.h, and pin the user's PIN (no line end), flags the token's flags
 * in hex; label-N and id-N name a key that was made here, else key N has the label "key-N" and the
 * ID N; made-N says that it was; always-authenticate wants the PIN for each signature. Answers:
 * other-key, garbage, zero, short, overrun (writes past the place), other-public-key, bad-point,
 * rsa-type, other-curve, extractable, not-local (of a key that is made).
 */
#include "../c_device.h"

typedef unsigned long Number;
enum {
    CKR_OK = 0, HOST_MEMORY = 2, ARGUMENTS_BAD = 7, ATTRIBUTE_TYPE_INVALID = 0x12, READ_ONLY = 0xB5,
    TEMPLATE_INCONSISTENT = 0xD1, DATA_LEN_RANGE = 0x21,
    DEVICE_MEMORY = 0x31, KEY_HANDLE_INVALID = 0x60, MECHANISM_INVALID = 0x70,
    OBJECT_HANDLE_INVALID = 0x82, OPERATION_ACTIVE = 0x90, NOT_INITIALIZED_OPERATION = 0x91,
    PIN_INCORRECT = 0xA0, SESSION_COUNT = 0xB1, SESSION_HANDLE_INVALID = 0xB3,
    TOKEN_NOT_PRESENT = 0xE0, LOGGED_IN_ALREADY = 0x100, NOT_LOGGED_IN = 0x101,
    BUFFER_TOO_SMALL = 0x150, NOT_INITIALIZED = 0x190, INITIALIZED_ALREADY = 0x191
};
enum { CLASS = 0, LABEL = 3, KEY_TYPE = 0x100, ID = 0x102, CURVE = 0x180, POINT = 0x181 };
enum { ON_TOKEN = 1, IS_PRIVATE = 2, SENSITIVE = 0x103, MAY_SIGN = 0x108, MAY_VERIFY = 0x10A,
       EXTRACTABLE = 0x162, LOCAL = 0x163, NEVER_EXTRACTABLE = 0x164, ALWAYS_SENSITIVE = 0x165,
       ALWAYS_AUTHENTICATE = 0x202 };
enum { PUBLIC = 2, PRIVATE = 3, SLOT = 5, SESSIONS = 64, PRIVATE_OBJECT = 100, PUBLIC_OBJECT = 200 };
static const Number VENDOR_TYPE = 0x80000004, VENDOR_MECHANISM = 0x80008200, VENDOR_GENERATION = 0x80008001;

typedef struct { Number type; void *value; Number length; } Attribute;
typedef struct { Number number; void *parameter; Number length; } Mechanism;
typedef struct { void *functions[4]; Number flags; void *reserved; } Arguments;
typedef struct { int open, lost, writing, finding, signing, proven, found[2 * INDEXES], count, next; pthread_mutex_t used; } Session;
typedef struct {
    uint8_t label[32], manufacturer[32], model[16], serial[16];
    Number flags, counts[10];
    uint8_t hardware[2], firmware[2], time[16];
} TokenInfo;

static Session sessions[SESSIONS];
static int initialized, logged_in, open_sessions;

static Number code_of(Fault found) {
    if (found == GONE) logged_in = 0;
    return found == GONE ? TOKEN_NOT_PRESENT : found == BUSY ? DEVICE_MEMORY : found == LOST ? SESSION_HANDLE_INVALID : CKR_OK;
}

/* Take a session for the length of a call: alive, and used by one thread. */
static Number take(Number handle, const char *function, Session **out) {
    if (!initialized) return misuse("a call before C_Initialize", NOT_INITIALIZED);
    if (handle < 1 || handle > SESSIONS || !sessions[handle - 1].open)
        return misuse("a call with no open session", SESSION_HANDLE_INVALID);
    Session *session = &sessions[handle - 1];
    if (pthread_mutex_trylock(&session->used))
        return misuse("two threads in one session", ARGUMENTS_BAD);
    Fault found = fault_of(function);
    if (found == LOST) session->lost = 1;
    Number code = session->lost ? SESSION_HANDLE_INVALID : code_of(found);
    if (code) { pthread_mutex_unlock(&session->used); return code; }
    *out = session;
    return CKR_OK;
}

static Number give(Session *session, Number code) {
    pthread_mutex_unlock(&session->used);
    return code;
}

static Number initialize(void *given) {
    Arguments *arguments = given;
    if (initialized) return misuse("C_Initialize twice", INITIALIZED_ALREADY);
    if (!arguments || arguments->flags != 2 || arguments->reserved || arguments->functions[0])
        return misuse("C_Initialize without the system's locks", ARGUMENTS_BAD);
    initialized = 1;
    return CKR_OK;
}

static Number finalize(void *reserved) {
    if (!initialized || reserved) return misuse("C_Finalize at the wrong time", ARGUMENTS_BAD);
    if (open_sessions) misuse("C_Finalize before the sessions are closed", 0);
    initialized = logged_in = 0;
    return CKR_OK;
}

static Number get_slot_list(uint8_t present, Number *slots, Number *count) {
    if (!initialized || !count || !present) return misuse("C_GetSlotList", ARGUMENTS_BAD);
    if (fault_of("C_GetSlotList") == GONE) { *count = 0; return CKR_OK; }
    if (slots && *count < 1) return BUFFER_TOO_SMALL;
    if (slots) slots[0] = SLOT;
    *count = 1;
    return CKR_OK;
}

static Number get_token_info(Number slot, TokenInfo *out) {
    char flags[32] = "0";
    if (!initialized || slot != SLOT || !out) return misuse("C_GetTokenInfo", ARGUMENTS_BAD);
    read_file("flags", flags, sizeof flags);
    memset(out, ' ', 96);
    memset(out->label + 96, 0, sizeof *out - 96);
    memcpy(out->label, "Test token \xe4\xb8\x80", 14);
    memcpy(out->manufacturer, "Qianyin", 7);
    memcpy(out->model, "SM2", 3);
    memcpy(out->serial, "0001", 4);
    out->flags = strtoul(flags, NULL, 16);
    out->firmware[0] = 1;
    out->firmware[1] = 3;
    return CKR_OK;
}

static Number open_session(Number slot, Number flags, void *application, void *notify, Number *out) {
    if (!initialized || slot != SLOT || (flags | 2) != 6 || application || notify || !out)
        return misuse("C_OpenSession", ARGUMENTS_BAD);
    Number code = code_of(fault_of("C_OpenSession"));
    if (code) return code;
    pthread_mutex_lock(&table);
    code = SESSION_COUNT;
    for (int i = 0; i < SESSIONS && code; i++)
        if (!sessions[i].open) {
            sessions[i] = (Session){.open = 1, .writing = flags == 6, .used = PTHREAD_MUTEX_INITIALIZER};
            open_sessions++;
            *out = (Number)i + 1;
            code = CKR_OK;
        }
    pthread_mutex_unlock(&table);
    return code;
}

static Number close_session(Number handle) {
    if (handle < 1 || handle > SESSIONS || !sessions[handle - 1].open)
        return misuse("C_CloseSession of no open session", SESSION_HANDLE_INVALID);
    pthread_mutex_lock(&table);
    sessions[handle - 1].open = 0;
    if (--open_sessions == 0) logged_in = 0;
    pthread_mutex_unlock(&table);
    return CKR_OK;
}

static Number login(Number handle, Number user, const char *pin, Number length) {
    char right[256];
    Session *session;
    Number code = take(handle, "C_Login", &session);
    if (code) return code;
    if ((user != 1 && user != 2) || !pin) return give(session, misuse("C_Login", ARGUMENTS_BAD));
    if (user == 2 && !session->signing)
        return give(session, misuse("C_Login for nothing begun", NOT_INITIALIZED_OPERATION));
    if (user == 1 && logged_in) return give(session, LOGGED_IN_ALREADY);
    int size = read_file("pin", right, sizeof right);
    if (size != (int)length || memcmp(right, pin, length)) {
        append("tries", "x");
        return give(session, PIN_INCORRECT);
    }
    if (user == 2) session->proven = 1; else logged_in = 1;
    return give(session, CKR_OK);
}

static int has(const char *name) {
    char path[PATH_MAX];
    path_of(path, name);
    return access(path, F_OK) == 0;
}

/* A yes or no about a private key. */
static int yes_or_no(int n, Number type, uint8_t *out) {
    char answer[64] = "", made[32];
    read_file("answer", answer, sizeof answer);
    snprintf(made, sizeof made, "made-%d", n);
    switch (type) {
    case ON_TOKEN: case IS_PRIVATE: case SENSITIVE: *out = 1; return 1;
    case EXTRACTABLE: *out = !strcmp(answer, "extractable"); return 1;
    case LOCAL: *out = has(made) && strcmp(answer, "not-local"); return 1;
    case NEVER_EXTRACTABLE: case ALWAYS_SENSITIVE: *out = (uint8_t)has(made); return 1;
    case ALWAYS_AUTHENTICATE: *out = (uint8_t)has("always-authenticate"); return 1;
    }
    return -1;
}

/* An attribute of key N's private or public object; its length, or -1. */
static int attribute(int object, Number type, uint8_t *out) {
    static const uint8_t sm2[] = {6, 8, 0x2a, 0x81, 0x1c, 0xcf, 0x55, 1, 0x82, 0x2d};
    static const uint8_t p384[] = {6, 5, 0x2b, 0x81, 4, 0, 0x22};
    char answer[64] = "";
    int is_public = object >= PUBLIC_OBJECT, n = object % 100;
    Number number = is_public ? PUBLIC : PRIVATE;
    read_file("answer", answer, sizeof answer);
    int is_curve = !strcmp(answer, "other-curve");
    if (type == KEY_TYPE) number = !strcmp(answer, "rsa-type") ? 0x1f : is_curve ? 3 : VENDOR_TYPE;
    if (type == CLASS || type == KEY_TYPE) { memcpy(out, &number, sizeof number); return sizeof number; }
    if (type == LABEL || type == ID) {
        char file[32];
        snprintf(file, sizeof file, type == LABEL ? "label-%d" : "id-%d", n);
        int length = read_file(file, (char *)out, 64);
        if (length >= 0) return length;
        if (type == LABEL) return sprintf((char *)out, "key-%d", n);
        *out = (uint8_t)n;
        return 1;
    }
    if (type == CURVE && is_curve) { memcpy(out, p384, sizeof p384); return sizeof p384; }
    if (type == CURVE) { memcpy(out, sm2, sizeof sm2); return sizeof sm2; }
    if (!is_public) return yes_or_no(n, type, out);
    if (type != POINT) return -1;
    memcpy(out, "\x04\x41\x04", 3);
    public_point(key_of(strcmp(answer, "other-public-key") ? (uint32_t)n : INDEXES), out + 3);
    if (!strcmp(answer, "bad-point")) out[20] ^= 1;
    return 67;
}

static int fits(int object, const Attribute *template, Number count) {
    uint8_t value[128];
    for (Number i = 0; i < count; i++) {
        int length = attribute(object, template[i].type, value);
        if (length != (int)template[i].length || memcmp(value, template[i].value, (size_t)length)) return 0;
    }
    return 1;
}

static Number find_objects_init(Number handle, const Attribute *template, Number count) {
    Session *session;
    Number code = take(handle, "C_FindObjectsInit", &session);
    if (code) return code;
    if (session->finding) return give(session, misuse("two searches", OPERATION_ACTIVE));
    session->finding = 1;
    session->count = session->next = 0;
    for (int n = 1; n <= INDEXES; n++) {
        if (!key_of((uint32_t)n)) continue;
        if (logged_in && fits(PRIVATE_OBJECT + n, template, count))
            session->found[session->count++] = PRIVATE_OBJECT + n;
        if (fits(PUBLIC_OBJECT + n, template, count))
            session->found[session->count++] = PUBLIC_OBJECT + n;
    }
    return give(session, CKR_OK);
}

static Number find_objects(Number handle, Number *out, Number most, Number *count) {
    Session *session;
    Number code = take(handle, "C_FindObjects", &session);
    if (code) return code;
    if (!session->finding) return give(session, misuse("no search", NOT_INITIALIZED_OPERATION));
    for (*count = 0; *count < most && session->next < session->count; (*count)++)
        out[*count] = (Number)session->found[session->next++];
    return give(session, CKR_OK);
}

static Number find_objects_final(Number handle) {
    Session *session;
    Number code = take(handle, "C_FindObjectsFinal", &session);
    if (code) return code;
    if (!session->finding) return give(session, misuse("no search", NOT_INITIALIZED_OPERATION));
    session->finding = 0;
    return give(session, CKR_OK);
}

static Number get_attribute_value(Number handle, Number object, Attribute *asked, Number count) {
    uint8_t value[128];
    Session *session;
    Number code = take(handle, "C_GetAttributeValue", &session);
    if (code) return code;
    if (!asked || count != 1) return give(session, misuse("C_GetAttributeValue", ARGUMENTS_BAD));
    int length = attribute((int)object, asked->type, value);
    if (length < 0) {
        asked->length = (Number)-1;
        return give(session, ATTRIBUTE_TYPE_INVALID);
    }
    if (asked->value && asked->length < (Number)length)
        return give(session, misuse("a place too small", BUFFER_TOO_SMALL));
    if (asked->value) memcpy(asked->value, value, (size_t)length);
    asked->length = (Number)length;
    return give(session, CKR_OK);
}

static Number sign_init(Number handle, const Mechanism *mechanism, Number key) {
    Session *session;
    Number code = take(handle, "C_SignInit", &session);
    if (code) return code;
    if (session->signing) return give(session, misuse("two signatures", OPERATION_ACTIVE));
    if (!logged_in) return give(session, NOT_LOGGED_IN);
    if (key < PRIVATE_OBJECT || key >= PUBLIC_OBJECT) return give(session, KEY_HANDLE_INVALID);
    if (mechanism->number != VENDOR_MECHANISM || mechanism->parameter || mechanism->length)
        return give(session, MECHANISM_INVALID);
    session->signing = (int)key - PRIVATE_OBJECT;
    session->proven = 0;
    return give(session, CKR_OK);
}

__attribute__((unused)) static Number sign(Number handle, const uint8_t *data, Number length, uint8_t *out, Number *size) {
    char answer[64] = "";
    Session *session;
    Number code = take(handle, "C_Sign", &session);
    if (code) {
        if (code == DEVICE_MEMORY) sessions[handle - 1].signing = 0; /* a failed operation is over */
        return code;
    }
    uint32_t index = (uint32_t)session->signing;
    if (!index) return give(session, misuse("no signature begun", NOT_INITIALIZED_OPERATION));
    if (!data || length != FIELD)
        return give(session, misuse("a digest that has not 32 bytes", DATA_LEN_RANGE));
    if (!out || !size || *size < 2 * FIELD)
        return give(session, misuse("a place too small", BUFFER_TOO_SMALL));
    session->signing = 0;
    if (has("always-authenticate") && !session->proven) return give(session, NOT_LOGGED_IN);
    session->proven = 0;
    read_file("answer", answer, sizeof answer);
    if (!sign_raw(key_of(strcmp(answer, "other-key") ? index : INDEXES), data, out))
        return give(session, HOST_MEMORY);
    *size = strcmp(answer, "short") ? 2 * FIELD : 2 * FIELD - 1;
    if (!strcmp(answer, "garbage")) RAND_bytes(out, 2 * FIELD);
    if (!strcmp(answer, "zero")) memset(out, 0, 2 * FIELD);
    if (!strcmp(answer, "overrun")) memset(out, 1, 4 * FIELD);
    return give(session, CKR_OK);
}

static const Attribute *described(const Attribute *template, Number count, Number type) {
    for (Number i = 0; i < count; i++)
        if (template[i].type == type) return &template[i];
    return NULL;
}

static int says(const Attribute *template, Number count, Number type, Number value) {
    const Attribute *found = described(template, count, type);
    return found && found->length == (type == KEY_TYPE ? sizeof value : 1) &&
           !memcmp(found->value, &value, found->length);
}

static int stays_inside(const Attribute *private, Number count) {
    return says(private, count, KEY_TYPE, VENDOR_TYPE) && says(private, count, ON_TOKEN, 1) &&
           says(private, count, IS_PRIVATE, 1) && says(private, count, SENSITIVE, 1) &&
           says(private, count, EXTRACTABLE, 0) && says(private, count, MAY_SIGN, 1);
}

static int can_be_read(const Attribute *public, Number count) {
    const Attribute *curve = described(public, count, CURVE);
    return says(public, count, KEY_TYPE, VENDOR_TYPE) && says(public, count, ON_TOKEN, 1) &&
           says(public, count, IS_PRIVATE, 0) && says(public, count, MAY_VERIFY, 1) && curve && curve->length == 10;
}

static void keep(const char *kind, int n, const void *value, Number length) {
    char name[32], path[PATH_MAX];
    snprintf(name, sizeof name, "%s-%d", kind, n);
    path_of(path, name);
    FILE *file = fopen(path, "w");
    if (file) { fwrite(value, 1, length, file); fclose(file); }
}

/* Make a key where one is free. */
__attribute__((unused)) static Number generate_pair(
    Number handle, const Mechanism *mechanism, const Attribute *public, Number publics, const Attribute *private,
    Number privates, Number *made_public, Number *made_private) {
    uint8_t scalar[FIELD];
    char hex[2 * FIELD + 1];
    int n = 1;
    Session *session;
    Number code = take(handle, "C_GenerateKeyPair", &session);
    if (code) return code;
    if (!logged_in) return give(session, NOT_LOGGED_IN);
    if (!session->writing) return give(session, READ_ONLY);
    if (mechanism->number != VENDOR_GENERATION || mechanism->parameter || mechanism->length)
        return give(session, MECHANISM_INVALID);
    const Attribute *label = described(private, privates, LABEL), *id = described(private, privates, ID);
    if (!id || !id->length || !stays_inside(private, privates) || !can_be_read(public, publics))
        return give(session, TEMPLATE_INCONSISTENT);
    while (n <= INDEXES && key_of((uint32_t)n)) n++;
    if (n > INDEXES) return give(session, DEVICE_MEMORY);
    RAND_bytes(scalar, FIELD);
    scalar[0] &= 0x7f;
    for (int i = 0; i < FIELD; i++) sprintf(hex + 2 * i, "%02x", scalar[i]);
    keep("id", n, id->value, id->length);
    if (label) keep("label", n, label->value, label->length);
    keep("made", n, "", 0);
    keep("key", n, hex, 2 * FIELD);
    *made_private = (Number)(PRIVATE_OBJECT + n);
    *made_public = (Number)(PUBLIC_OBJECT + n);
    return give(session, CKR_OK);
}

static Number destroy_object(Number handle, Number object) {
    static const char *const kinds[] = {"id", "label", "made", "key"};
    Session *session;
    Number code = take(handle, "C_DestroyObject", &session);
    if (code) return code;
    if (!session->writing) return give(session, READ_ONLY);
    int n = (int)object % 100;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        char name[32], path[PATH_MAX];
        snprintf(name, sizeof name, "%s-%d", kinds[i], n);
        path_of(path, name);
        unlink(path);
    }
    pthread_mutex_lock(&table);
    keys[n] = NULL;
    pthread_mutex_unlock(&table);
    return give(session, CKR_OK);
}

__attribute__((unused)) static struct { uint8_t version[2]; void *function[68]; } list = {
    {2, 40},
    {[0] = initialize, [1] = finalize, [4] = get_slot_list, [6] = get_token_info,
     [12] = open_session, [13] = close_session, [18] = login, [22] = destroy_object, [24] = get_attribute_value,
     [26] = find_objects_init, [27] = find_objects, [28] = find_objects_final,
#ifndef WITHOUT_SIGN
     [43] = sign,
#endif
#ifndef WITHOUT_GENERATION
     [59] = generate_pair,
#endif
     [42] = sign_init}};

#ifndef WITHOUT_LIST
Number C_GetFunctionList(void **out) {
    *out = &list;
    return CKR_OK;
}
#endif
