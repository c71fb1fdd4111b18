// A Kafka cluster for tests, in a process of its own: librdkafka's mock cluster, which speaks the protocol over TCP and keeps everything in
// memory, and commands that make it fail. In C, because the interface of the mock is C, and its constants are macros.

#include <errno.h>
#include <inttypes.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    BROKERS = 3,
    TOPICS_MAX = 64,
    ERRORS_MAX = 1000,
    TIMEOUT_MS = 30000,
    POLL_MS = 100,
};

static const char usage[] =
    "Usage: weir-kafka-mock\n"
    "\n"
    "Starts a Kafka cluster of three brokers on loopback, prints \"brokers HOST:PORT,...\", and ends with its standard input. Reads commands from\n"
    "there, one a line, and answers each with one line: \"ok\", sometimes with a number, or \"error\" with a reason.\n"
    "\n"
    "  topic NAME PARTITIONS      makes a topic\n"
    "  produce TOPIC FILE         each line of the file becomes a message, spread over the partitions in turn; ok COUNT\n"
    "  consume TOPIC FILE         writes all messages to the file: partition, offset, key, headers, value, with tabs between; ok COUNT\n"
    "  committed GROUP TOPIC      ok SUM, of the offsets that the group has committed\n"
    "  fail API ERROR COUNT       the next COUNT requests with this API key (0 produce, 1 fetch, 8 offset commit, ...) get this error code\n"
    "  down BROKER, up BROKER     a broker (1...3) closes its connections and listens no more, or listens again\n"
    "\n"
    "Example:\n"
    "  (echo 'topic t 4'; sleep 60) | weir-kafka-mock\n";

static rd_kafka_mock_cluster_t *cluster;
static rd_kafka_t *producer;
static struct {
    char name[250];
    int partitions;
} topics[TOPICS_MAX];
static int topic_count;
// The last reason why a message did not get into its topic.
static rd_kafka_resp_err_t undelivered;

static void fail(const char *what) {
    fprintf(stderr, "error: %s\n", what);
    exit(1);
}

static void answer(rd_kafka_resp_err_t error) {
    if (error) {
        printf("error %s\n", rd_kafka_err2name(error));
    } else {
        printf("ok\n");
    }
}

static int partitions_of(const char *topic) {
    for (int i = 0; i < topic_count; i++)
        if (strcmp(topics[i].name, topic) == 0) return topics[i].partitions;
    return 0;
}

static void delivered(rd_kafka_t *by, const rd_kafka_message_t *message, void *context) {
    (void)by;
    (void)context;
    if (message->err) undelivered = message->err;
}

static rd_kafka_t *client(rd_kafka_type_t type, const char *group) {
    char message[512];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    const char *options[][2] = {
        {"bootstrap.servers", rd_kafka_mock_cluster_bootstraps(cluster)},
        {"enable.auto.commit", "false"},
        {"auto.offset.reset", "earliest"},
        {"group.id", group ? group : "weir-kafka-mock"},
        {"log_level", "0"},
    };
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        // The group is of no concern to a producer, which says so on its log.
        if (type == RD_KAFKA_PRODUCER && i > 0 && i < 4) continue;
        if (rd_kafka_conf_set(conf, options[i][0], options[i][1], message, sizeof message) != RD_KAFKA_CONF_OK) fail(message);
    }
    if (type == RD_KAFKA_PRODUCER) rd_kafka_conf_set_dr_msg_cb(conf, delivered);
    rd_kafka_t *made = rd_kafka_new(type, conf, message, sizeof message);
    if (!made) fail(message);
    return made;
}

static void make_topic(const char *name, int partitions) {
    rd_kafka_resp_err_t error = topic_count == TOPICS_MAX || strlen(name) >= sizeof topics[0].name
        ? RD_KAFKA_RESP_ERR__INVALID_ARG
        : rd_kafka_mock_topic_create(cluster, name, partitions, BROKERS);
    if (!error) {
        strcpy(topics[topic_count].name, name);
        topics[topic_count++].partitions = partitions;
    }
    answer(error);
}

static void produce(const char *topic, const char *path) {
    int partitions = partitions_of(topic);
    FILE *file = fopen(path, "r");
    if (!file || partitions == 0) {
        printf("error no such %s\n", file ? "topic" : "file");
        if (file) fclose(file);
        return;
    }
    char *line = NULL;
    size_t room = 0;
    ssize_t length;
    long count = 0;
    rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
    undelivered = RD_KAFKA_RESP_ERR_NO_ERROR;
    while (!error && (length = getline(&line, &room, file)) > 0) {
        if (line[length - 1] == '\n') length--;
        do {
            error = rd_kafka_producev(
                producer, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_PARTITION((int32_t)(count % partitions)),
                RD_KAFKA_V_VALUE(line, (size_t)length), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
            rd_kafka_poll(producer, error == RD_KAFKA_RESP_ERR__QUEUE_FULL ? POLL_MS : 0);
        } while (error == RD_KAFKA_RESP_ERR__QUEUE_FULL);
        count++;
    }
    free(line);
    fclose(file);
    if (!error) error = rd_kafka_flush(producer, TIMEOUT_MS);
    // A flush succeeds also when messages were given up, as after a long standstill.
    if (!error) error = undelivered;
    if (error) {
        answer(error);
    } else {
        printf("ok %ld\n", count);
    }
}

static void write_message(FILE *file, const rd_kafka_message_t *message) {
    fprintf(file, "%" PRId32 "\t%" PRId64 "\t%.*s\t", message->partition, message->offset, (int)message->key_len,
        message->key ? (const char *)message->key : "");
    rd_kafka_headers_t *headers;
    if (!rd_kafka_message_headers(message, &headers)) {
        const char *name;
        const void *value;
        size_t size;
        for (size_t i = 0; !rd_kafka_header_get_all(headers, i, &name, &value, &size); i++)
            fprintf(file, "%s%s=%.*s", i > 0 ? ";" : "", name, (int)size, (const char *)value);
    }
    fprintf(file, "\t%.*s\n", (int)message->len, (const char *)message->payload);
}

static void consume(const char *topic, const char *path) {
    int partitions = partitions_of(topic);
    FILE *file = fopen(path, "w");
    if (!file || partitions == 0) {
        printf("error no such %s\n", file ? "topic" : "file");
        if (file) fclose(file);
        return;
    }
    rd_kafka_t *consumer = client(RD_KAFKA_CONSUMER, NULL);
    rd_kafka_poll_set_consumer(consumer);
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(partitions);
    for (int i = 0; i < partitions; i++) rd_kafka_topic_partition_list_add(list, topic, i)->offset = RD_KAFKA_OFFSET_BEGINNING;
    rd_kafka_resp_err_t error = rd_kafka_assign(consumer, list);
    rd_kafka_topic_partition_list_destroy(list);
    long count = 0;
    // Up to where each partition is now. Its own notice of an end comes again after an error or a change of leader, and would end too early.
    int64_t ends[partitions], low;
    int unread = 0;
    for (int i = 0; !error && i < partitions; i++) {
        error = rd_kafka_query_watermark_offsets(consumer, topic, i, &low, &ends[i], TIMEOUT_MS);
        if (ends[i] > low) unread++;
    }
    for (int waited = 0; !error && unread > 0; ) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(consumer, POLL_MS);
        if (!message) {
            waited += POLL_MS;
            if (waited >= TIMEOUT_MS) error = RD_KAFKA_RESP_ERR__TIMED_OUT;
            continue;
        }
        if (!message->err && message->offset < ends[message->partition]) {
            write_message(file, message);
            count++;
            if (message->offset + 1 == ends[message->partition]) unread--;
        }
        rd_kafka_message_destroy(message);
    }
    rd_kafka_consumer_close(consumer);
    rd_kafka_destroy(consumer);
    fclose(file);
    if (error) {
        answer(error);
    } else {
        printf("ok %ld\n", count);
    }
}

static void committed(const char *group, const char *topic) {
    int partitions = partitions_of(topic);
    rd_kafka_t *consumer = client(RD_KAFKA_CONSUMER, group);
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(partitions);
    for (int i = 0; i < partitions; i++) rd_kafka_topic_partition_list_add(list, topic, i);
    rd_kafka_resp_err_t error = rd_kafka_committed(consumer, list, TIMEOUT_MS);
    int64_t sum = 0;
    for (int i = 0; i < list->cnt; i++)
        if (list->elems[i].offset > 0) sum += list->elems[i].offset;
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_destroy(consumer);
    if (error) {
        answer(error);
    } else {
        printf("ok %" PRId64 "\n", sum);
    }
}

static void inject(int api, int error, int count) {
    if (count < 1 || count > ERRORS_MAX) {
        printf("error 1 to %d errors at a time\n", ERRORS_MAX);
        return;
    }
    rd_kafka_resp_err_t errors[ERRORS_MAX];
    for (int i = 0; i < count; i++) errors[i] = (rd_kafka_resp_err_t)error;
    rd_kafka_mock_push_request_errors_array(cluster, (int16_t)api, (size_t)count, errors);
    printf("ok\n");
}

static void obey(char *line) {
    char first[512], second[4096];
    int a, b, c;
    if (sscanf(line, "topic %511s %d", first, &a) == 2) {
        make_topic(first, a);
    } else if (sscanf(line, "produce %511s %4095s", first, second) == 2) {
        produce(first, second);
    } else if (sscanf(line, "consume %511s %4095s", first, second) == 2) {
        consume(first, second);
    } else if (sscanf(line, "committed %511s %4095s", first, second) == 2) {
        committed(first, second);
    } else if (sscanf(line, "fail %d %d %d", &a, &b, &c) == 3) {
        inject(a, b, c);
    } else if (sscanf(line, "down %d", &a) == 1) {
        answer(rd_kafka_mock_broker_set_down(cluster, a));
    } else if (sscanf(line, "up %d", &a) == 1) {
        answer(rd_kafka_mock_broker_set_up(cluster, a));
    } else {
        printf("error no such command\n");
    }
}

int main(int argc, char **argv) {
    if (argc > 1) {
        bool asked = strcmp(argv[1], "--help") == 0;
        fputs(usage, asked ? stdout : stderr);
        return asked ? 0 : 64;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    char message[512];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "log_level", "0", NULL, 0);
    // The cluster lives in a client, which has no other use.
    rd_kafka_t *host = rd_kafka_new(RD_KAFKA_PRODUCER, conf, message, sizeof message);
    if (!host) fail(message);
    cluster = rd_kafka_mock_cluster_new(host, BROKERS);
    if (!cluster) fail("the cluster can't be started");
    producer = client(RD_KAFKA_PRODUCER, NULL);
    printf("brokers %s\n", rd_kafka_mock_cluster_bootstraps(cluster));
    char *line = NULL;
    size_t room = 0;
    while (getline(&line, &room, stdin) > 0) obey(line);
    free(line);
    rd_kafka_destroy(producer);
    rd_kafka_mock_cluster_destroy(cluster);
    rd_kafka_destroy(host);
    return 0;
}
