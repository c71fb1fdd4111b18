// A thin C face of simdjson: lines of NDJSON in, the fields that Weir reads out, unvalidated.
//
// There are two ways to a line. The scanner is the fast one: it takes the usual line, and is never unsure of what it takes. The parser
// is the judge of the rest: it uses the DOM, which validates the whole document, so that malformed JSON is found also in fields
// that are otherwise ignored. (The scanner validates them as well.)
#ifndef CSIMDJSON_H
#define CSIMDJSON_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// What a field holds.
enum weir_json_tag {
    WEIR_JSON_ABSENT = 0,
    WEIR_JSON_NULL = 1,
    WEIR_JSON_BOOL = 2,     // integer is 0 or 1
    WEIR_JSON_INT = 3,      // integer
    WEIR_JSON_UINT = 4,     // integer holds the bits of a number above INT64_MAX
    WEIR_JSON_DOUBLE = 5,   // number
    WEIR_JSON_STRING = 6,   // text, length
    WEIR_JSON_TEXTS = 7,    // an array of strings; length is their number
    WEIR_JSON_OTHER = 8,    // an object, or an array with something else in it
    WEIR_JSON_UUID = 9      // text, length, and what it says among the ids of the line; only the scanner looks for it
};

// A field of an event. Texts point into the parser's memory, or into the line, and are valid until the next call.
typedef struct {
    uint32_t tag;
    uint32_t length;
    union {
        int64_t integer;
        double number;
        const uint8_t *_Nullable text;
    };
} weir_json_field;

// The fields of SPEC 1, in the order of its table.
enum weir_json_slot {
    WEIR_EVENT_TYPE = 0,
    WEIR_EVENT_ID,  // The first of WEIR_ID_COUNT ids.
    WEIR_CORRELATION_ID,
    WEIR_WORKFLOW_ID,
    WEIR_TIMESTAMP,
    WEIR_STAGE_NAME,
    WEIR_STAGE_NUMBER,
    WEIR_DURATION_SECONDS,
    WEIR_SUCCESS,
    WEIR_TOTAL_DURATION_SECONDS,
    WEIR_NODE_TYPE,
    WEIR_PRIMARY_MODEL,
    WEIR_QUALITY_SCORE,
    WEIR_TEST_COVERAGE,
    WEIR_COMPLEXITY_SCORE,
    WEIR_PATTERNS_APPLIED,
    WEIR_TOTAL_TOKENS,
    WEIR_TOTAL_COST_USD,
    WEIR_FAILED_STAGE,
    WEIR_ERROR_CODE,
    WEIR_PARTIAL_DURATION_SECONDS,
    WEIR_IS_RETRYABLE,
    WEIR_SLOT_COUNT
};

enum { WEIR_ID_COUNT = 3 };

// A UUID as two numbers, its first eight bytes and its last, most significant byte first.
typedef struct {
    uint64_t high;
    uint64_t low;
} weir_json_uuid;

// What a line holds.
typedef struct {
    weir_json_field fields[WEIR_SLOT_COUNT];
    // Of the fields from WEIR_EVENT_ID on, where they have the tag WEIR_JSON_UUID.
    weir_json_uuid ids[WEIR_ID_COUNT];
} weir_json_line;

// How a line was read.
enum weir_json_status {
    WEIR_JSON_EVENT = 0,          // an object; the fields are filled
    WEIR_JSON_NOT_AN_OBJECT = 1,  // one JSON value that is no object
    WEIR_JSON_MALFORMED = 2,      // not one JSON value, or broken UTF-8
    WEIR_JSON_UNSURE = 3          // beyond simdjson's numbers or nesting, though it may be valid: ask a slower reader
};

typedef struct weir_json_parser weir_json_parser;

// NULL when there is no memory.
weir_json_parser *_Nullable weir_json_parser_create(void);
void weir_json_parser_destroy(weir_json_parser *_Nonnull parser);

// Bytes that must be readable behind a line.
size_t weir_json_padding(void);

// Reads one line. `fields` has WEIR_SLOT_COUNT entries. When the status is not WEIR_JSON_EVENT, `error` says why.
int weir_json_parse(
    weir_json_parser *_Nonnull parser, const uint8_t *_Nonnull line, size_t length,
    weir_json_field *_Nonnull fields, const char *_Nullable *_Nonnull error);

typedef struct weir_json_scanner weir_json_scanner;

// NULL when there is no memory.
weir_json_scanner *_Nullable weir_json_scanner_create(void);
void weir_json_scanner_destroy(weir_json_scanner *_Nullable scanner);

// Reads a line that ends with a line feed, behind which `weir_json_padding()` bytes must be readable. Returns the length of the line
// without the line feed, with `line` filled; or -1 when it is unsure: ask the parser.
ptrdiff_t weir_json_scan_line(
    weir_json_scanner *_Nonnull scanner, const uint8_t *_Nonnull bytes, weir_json_line *_Nonnull line);

#ifdef __cplusplus
}
#endif
#endif
