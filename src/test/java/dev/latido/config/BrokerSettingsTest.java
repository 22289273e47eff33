package dev.latido.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.latido.core.JobDefinition;
import dev.latido.core.SharedQueue;
import dev.latido.job.Priority;
import dev.latido.queue.BrokerConfig;
import dev.latido.queue.BrokerType;
import dev.latido.queue.ConnectionString;
import dev.latido.queue.ProducerConfig;
import dev.latido.queue.QueueBinding;
import dev.latido.queue.Route;
import dev.latido.queue.StorageAccount;
import dev.latido.room.FullMode;
import dev.latido.schedule.Schedule;
import dev.latido.setting.Secret;
import dev.latido.worker.WorkerConfig;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Brokers, and jobs whose queue is at one. Texts are JSON with {@code '} for {@code "}. */
@Tag("fast")
class BrokerSettingsTest {

    private static final String SECRET = "hunter2";

    private static Config read(String broker, String queue, String... environment) throws InvalidConfigException {
        JsonObject file = new JsonObject(("{'brokers': {'shop': " + broker + "}, 'jobs': {'orders': {'concurrency': 8,"
                        + " 'queue': " + queue + "}}}")
                .replace('\'', '"'));
        return ConfigReader.read(
                file, environment.length == 0 ? Map.of() : Map.of(environment[0], environment[1]), Map.of());
    }

    private static List<String> problems(String broker, String queue) {
        try {
            return List.of("no problem but " + read(broker, queue));
        } catch (InvalidConfigException invalid) {
            return invalid.problems();
        }
    }

    private static final String BROKER = "{'type': 'redis', 'url': 'redis://127.0.0.1'}";
    private static final String QUEUE = "{'broker': 'shop'}";

    private static SharedQueue queue(String queue) throws InvalidConfigException {
        return Objects.requireNonNull(
                read(BROKER, queue).jobs().get(0).definition().shared());
    }

    @Test
    void aQueueHasDefaults() throws Exception {
        SharedQueue queue = queue(QUEUE);
        assertThat(queue.id()).isEqualTo("shop:orders");
        assertThat(queue.prefetch()).as("twice the concurrency").isEqualTo(16);
        assertThat(queue.retryInPlace()).as("half the lease").isEqualTo(Duration.ofSeconds(15));
        assertThat(queue.binding())
                .isEqualTo(new QueueBinding(
                        "orders",
                        "latido",
                        List.of(Priority.NORMAL),
                        Duration.ofSeconds(30),
                        100_000,
                        FullMode.REJECT,
                        1_048_576,
                        Duration.ofDays(1),
                        Duration.ofHours(1),
                        QueueBinding.Existing.ASK,
                        true));
    }

    @Test
    void readsAllOfAQueue() throws Exception {
        SharedQueue queue =
                queue("{'broker': 'shop', 'name': 'o', 'group': 'g', 'lanes': ['normal', 'high'], 'lease': '2m',"
                        + " 'prefetch': 3, 'prefetchBytes': 5, 'maxPayloadBytes': 7, 'capacity': 9, 'whenFull': 'wait', 'maxWaiting': 2,"
                        + " 'outcomes': '5m', 'existing': 'skip'}");
        assertThat(queue.prefetch()).isEqualTo(3);
        assertThat(queue.prefetchBytes()).isEqualTo(5);
        assertThat(queue.retryInPlace()).isEqualTo(Duration.ofSeconds(30));
        assertThat(queue.binding())
                .isEqualTo(new QueueBinding(
                        "o",
                        "g",
                        List.of(Priority.HIGH, Priority.NORMAL),
                        Duration.ofMinutes(2),
                        9,
                        FullMode.WAIT,
                        7,
                        Duration.ofDays(1),
                        Duration.ofMinutes(5),
                        QueueBinding.Existing.SKIP,
                        true));
    }

    private static Config job(String job) throws InvalidConfigException {
        JsonObject file = new JsonObject(
                ("{'brokers': {'shop': " + BROKER + "}, 'jobs': {'orders': " + job + "}}").replace('\'', '"'));
        return ConfigReader.read(file, Map.of(), Map.of());
    }

    private static List<String> problemsOf(String job) {
        try {
            return List.of("no problem but " + job(job));
        } catch (InvalidConfigException invalid) {
            return invalid.problems();
        }
    }

    @Test
    void resultsGoToAQueue() throws Exception {
        ProducerConfig results = Objects.requireNonNull(job("{'results': {'broker': 'shop'}}")
                .jobs()
                .get(0)
                .definition()
                .resultQueue());
        assertThat(results.id()).isEqualTo("shop:orders.done");
        assertThat(results.binding().isOfResults()).isTrue();
        assertThat(results.binding().capacity()).isEqualTo(100_000);
        assertThat(results.binding().outcomes()).isEqualTo(Duration.ofDays(7));
        assertThat(results.binding().isDurable()).isTrue();
        assertThat(job("{}").jobs().get(0).definition().resultQueue()).isNull();
        ProducerConfig other = Objects.requireNonNull(
                job("{'durability': 'none', 'results': {'broker': 'shop', 'name': 'x', 'capacity': 5, 'keepFor': '1h'}}")
                        .jobs()
                        .get(0)
                        .definition()
                        .resultQueue());
        assertThat(other.id()).isEqualTo("shop:x");
        assertThat(other.binding().capacity()).isEqualTo(5);
        assertThat(other.binding().outcomes()).isEqualTo(Duration.ofHours(1));
        assertThat(other.binding().isDurable()).isFalse();
    }

    @Test
    void aWorkerMayBeAQueue() throws Exception {
        Config.Job job = job("{'worker': {'type': 'queue', 'broker': 'shop', 'name': 'mail', 'lane': 'high'}}")
                .jobs()
                .get(0);
        assertThat(job.worker()).isInstanceOfSatisfying(WorkerConfig.Queue.class, queue -> {
            assertThat(queue.target().id()).isEqualTo("shop:mail");
            assertThat(queue.target().binding().lanes()).containsExactly(Priority.HIGH);
            assertThat(queue.target().binding().isTaken()).isFalse();
            assertThat(queue.target().binding().isDurable()).isTrue();
        });
        assertThat(job.definition().worker()).isEqualTo("queue shop:mail");
        assertThat(job.definition().outlets()).containsExactly("shop:mail");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'results': {'name': 'x'}} | jobs.orders.results.broker: there is no '' under brokers",
                "{'results': {'broker': 'till'}} | jobs.orders.results.broker: there is no 'till' under brokers",
                "{'results': {'broker': 'shop', 'name': 'a b'}} | jobs.orders.results.name: must be 1 to 200 characters, and"
                        + " neither spaces nor braces",
                "{'results': {'broker': 'shop', 'capacity': 0}} | jobs.orders.results.capacity: must be 1 to 100000000",
                "{'results': {'broker': 'shop', 'lane': 'high'}} | jobs.orders.results.lane: is not a setting",
                "{'worker': {'type': 'queue'}} | jobs.orders.worker.broker: there is no '' under brokers",
                "{'worker': {'type': 'queue', 'broker': 'shop', 'lane': 'x'}} | jobs.orders.worker.lane: must be one of low,"
                        + " normal, high, critical, was 'x'",
                "{'queue': {'broker': 'shop'}, 'results': {'broker': 'shop', 'name': 'orders'}} | jobs.orders.next: 'orders' leads"
                        + " back to 'orders'; a pipeline has an end",
                "{'queue': {'broker': 'shop'}, 'worker': {'type': 'queue', 'broker': 'shop', 'name': 'orders'}} | jobs.orders.next:"
                        + " 'orders' leads back to 'orders'; a pipeline has an end",
            })
    void refusesProducersThatCannotBe(String job, String problem) {
        assertThat(problemsOf(job)).anySatisfy(each -> assertThat(each).startsWith(problem));
    }

    @Test
    void aTimerMayBeSharedUnlessItMakesUpForAll() throws Exception {
        Config.Job job = job("{'every': '10s', 'misfire': 'once', 'overlap': 'queue-one', 'queue': {'broker': 'shop'}}")
                .jobs()
                .get(0);
        assertThat(job.definition().trigger().misfire()).isEqualTo(Schedule.Misfire.ONCE);
        assertThat(problemsOf("{'cron': '@daily', 'misfire': 'all', 'queue': {'broker': 'shop'}}"))
                .singleElement()
                .satisfies(problem ->
                        assertThat(problem).startsWith("jobs.orders.misfire: cannot be all beside queue.broker"));
    }

    @Test
    void withoutABrokerAQueueIsInMemory() throws Exception {
        assertThat(read(BROKER, "{}").jobs().get(0).definition().shared()).isNull();
        assertThat(read(BROKER, "{'broker': ''}").jobs().get(0).definition().shared())
                .isNull();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'broker': 'till'} | jobs.orders.queue.broker: there is no 'till' under brokers",
                "{'broker': 'shop', 'name': 'a{b'} | jobs.orders.queue.name: must be 1 to 200 characters, and neither spaces nor"
                        + " braces",
                "{'broker': 'shop', 'priorities': {'low': 1}} | jobs.orders.queue.priorities: cannot be kept by a broker",
                "{'broker': 'shop', 'lanes': ['urgent', 'normal']} | jobs.orders.queue.lanes: must be some of",
                "{'broker': 'shop', 'lanes': ['high']} | jobs.orders.queue.lanes: must have normal",
                "{'broker': 'shop', 'whenFull': 'drop-oldest'} | jobs.orders.queue.whenFull: reject or wait is what redis can keep",
                "{'broker': 'shop', 'maxPayloadBytes': 99999999} | jobs.orders.queue.maxPayloadBytes: must be 1 to 16777216 with"
                        + " redis",
                "{'broker': 'shop', 'capacity': 0} | jobs.orders.queue.capacity: must be 1 to",
                "{'broker': 'shop', 'lease': '1ms'} | jobs.orders.queue.lease",
                "{'broker': 'shop', 'maxBytes': 5} | jobs.orders.queue.maxBytes: is not a setting"
            })
    void refusesWhatABrokerCannotKeep(String queue, String problem) {
        assertThat(problems(BROKER, queue)).singleElement().asString().contains(problem);
    }

    @Test
    void readsABroker() throws Exception {
        BrokerConfig broker = read(
                        "{'type': 'redis', 'url': 'rediss://redis.internal:6380/2', 'user': 'latido', 'passwordFile':"
                                + " '/run/x', 'caFile': 'ca.pem'}",
                        QUEUE)
                .brokers()
                .get("shop");
        assertThat(broker)
                .isEqualTo(new BrokerConfig(
                        BrokerType.REDIS,
                        "redis.internal",
                        6_380,
                        true,
                        "latido",
                        Secret.in(Path.of("/run/x")),
                        null,
                        2,
                        "",
                        "ca.pem",
                        List.of(),
                        "",
                        null));
    }

    @Test
    void readsOneThatSentinelsKnow() throws Exception {
        BrokerConfig broker = read(
                        "{'type': 'redis', 'sentinels': ['a.internal', '[fd00::1]:7000'], 'master': 'main', 'tls': 'true',"
                                + " 'caFile': 'ca.pem', 'user': 'latido', 'database': '3', 'sentinelPassword': '"
                                + SECRET
                                + "'}",
                        QUEUE)
                .brokers()
                .get("shop");
        assertThat(broker)
                .isEqualTo(new BrokerConfig(
                        BrokerType.REDIS,
                        "",
                        0,
                        true,
                        "latido",
                        null,
                        null,
                        3,
                        "",
                        "ca.pem",
                        List.of(new BrokerConfig.Node("a.internal", 26_379), new BrokerConfig.Node("[fd00::1]", 7_000)),
                        "main",
                        Secret.of(SECRET)));
        assertThat(broker).hasToString("rediss-sentinel://a.internal:26379,[fd00::1]:7000/3#main");
    }

    @Test
    void aPasswordCanComeFromTheEnvironmentOrTheUrl() throws Exception {
        assertThat(Objects.requireNonNull(read(BROKER, QUEUE, "LATIDO_BROKERS_SHOP_PASSWORD", SECRET)
                                .brokers()
                                .get("shop"))
                        .password())
                .isEqualTo(Secret.of(SECRET));
        assertThat(Objects.requireNonNull(read(BROKER, QUEUE, "LATIDO_BROKERS_SHOP_PASSWORD_FILE", "/run/x")
                                .brokers()
                                .get("shop"))
                        .password())
                .isEqualTo(Secret.in(Path.of("/run/x")));
        BrokerConfig ofUrl = read("{'type': 'redis', 'url': 'redis://me:" + SECRET + "@h'}", QUEUE)
                .brokers()
                .get("shop");
        assertThat(Objects.requireNonNull(ofUrl).user()).isEqualTo("me");
        assertThat(ofUrl.password()).isEqualTo(Secret.of(SECRET));
        assertThat(ofUrl.toString()).isEqualTo("redis://h:6379");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'type': 'redis', 'url': 'redis://me:hunter2@h', 'password': 'hunter2'}",
                "{'type': 'redis', 'url': 'redis://me:hunter2@h', 'user': 'you'}",
                "{'type': 'redis', 'url': 'redis://h', 'password': 'hunter2', 'passwordFile': 'f'}",
                "{'type': 'redis', 'url': 'http://me:hunter2@h'}",
                "{'type': 'redis', 'url': 'redis://me:hunter2@h/x'}",
                "{'type': 'redis', 'url': 'redis://me:hunter2@h?x=1'}",
                "{'type': 'redis', 'url': 'redis://me:hunter2 @h'}",
                "{'type': 'redis', 'url': 'redis://h', 'password': ['hunter2']}",
                "{'type': 'redis', 'url': 'redis://me:hunter2@h', 'caFile': 'x'}",
                "{'type': 'redis', 'password': 'hunter2'}",
                "{'url': 'redis://me:hunter2@h'}",
                "{'type': 'redis', 'sentinels': ['h'], 'master': 'm', 'url': 'redis://me:hunter2@h'}",
                "{'type': 'redis', 'sentinels': ['h']}",
                "{'type': 'redis', 'sentinels': ['me:hunter2@h'], 'master': 'm'}",
                "{'type': 'redis', 'sentinels': ['redis://h'], 'master': 'm'}",
                "{'type': 'redis', 'sentinels': ['h:0'], 'master': 'm'}",
                "{'type': 'redis', 'sentinels': ['h:65536'], 'master': 'm'}",
                "{'type': 'redis', 'sentinels': ['h'], 'master': 'm', 'caFile': 'ca.pem'}",
                "{'type': 'redis', 'url': 'redis://h', 'master': 'm'}",
                "{'type': 'redis', 'url': 'redis://h', 'tls': 'true'}",
                "{'type': 'redis', 'url': 'redis://h', 'sentinelPassword': 'hunter2'}",
                "{'type': 'rabbitmq', 'password': 'hunter2'}",
                "{'type': 'rabbitmq', 'url': 'redis://me:hunter2@h'}",
                "{'type': 'rabbitmq', 'url': 'amqp://me:hunter2@h?x=1'}",
                "{'type': 'rabbitmq', 'url': 'amqp://me:hunter2@h', 'caFile': 'x'}",
                "{'type': 'rabbitmq', 'url': 'amqp://h', 'sentinelPassword': 'hunter2'}",
                "{'type': 'storage-queue', 'key': 'hunter2'}",
                "{'type': 'storage-queue', 'account': 'hunter-2', 'keyFile': '/run/key'}",
                "{'type': 'storage-queue', 'account': 'shop'}",
                "{'type': 'storage-queue', 'account': 'shop', 'key': 'hunter2', 'sasFile': '/run/sas'}",
                "{'type': 'storage-queue', 'account': 'shop', 'key': 'hunter2', 'password': 'hunter2'}",
                "{'type': 'storage-queue', 'account': 'shop', 'sas': 'sig=hunter2', 'url': 'http://shop.example'}",
                "{'type': 'storage-queue', 'account': 'shop', 'sas': 'sig=hunter2', 'url': 'https://shop?sig=hunter2'}",
                "{'type': 'storage-queue', 'account': 'shop', 'key': 'hunter2', 'url': 'https://me:hunter2@shop'}",
                "{'type': 'storage-queue', 'account': 'shop', 'key': 'hunter2', 'url': 'http://h', 'caFile': 'ca.pem'}",
                "{'type': 'storage-queue', 'account': 'shop', 'identity': {}}",
                "{'type': 'storage-queue', 'account': 'shop', 'identity': {'tenant': 't'}}",
                "{'type': 'storage-queue', 'account': 'shop', 'identity': {'tenant': 't', 'client': 'c', 'secret': 'hunter2'}}",
                "{'type': 'storage-queue', 'account': 'shop', 'identity': {'tenant': 't/..', 'client': 'c'}}",
                "{'type': 'storage-queue', 'account': 'shop', 'identity': {'tenant': 't', 'client': 'c', 'authority':"
                        + " 'http://login.example'}}",
                "{'type': 'service-bus'}",
                "{'type': 'service-bus', 'url': 'sb://hunter2'}",
                "{'type': 'service-bus', 'connectionString': 'hunter2'}",
                "{'type': 'service-bus', 'connectionString': 'Endpoint=hunter2;SharedAccessKeyName=a;SharedAccessKey=b'}",
                "{'type': 'service-bus', 'connectionString': 'Endpoint=sb://h unter2/;SharedAccessKeyName=a;SharedAccessKey=b'}",
                "{'type': 'service-bus', 'connectionString': 'Endpoint=sb://h/;SharedAccessKey=hunter2'}",
                "{'type': 'service-bus', 'connectionString': 'Endpoint=sb://h/;SharedAccessKeyName=hunter2'}",
                "{'type': 'service-bus', 'connectionString': 'Endpoint=sb://h/;SharedAccessSignature=hunter2'}",
                "{'type': 'service-bus', 'connectionString': 'Endpoint=sb://h;SharedAccessKeyName=a;SharedAccessKey=hunter2', 'password': 'x'}",
                "{'type': 'service-bus', 'connectionString': 'Endpoint=sb://h;SharedAccessKeyName=a;SharedAccessKey=hunter2;UseDevelopmentEmulator=true', 'caFile': 'ca.pem'}"
            })
    void saysWhatIsWrongWithABrokerAndNoSecret(String broker) {
        assertThat(problems(broker, "{}"))
                .isNotEmpty()
                .allMatch(problem -> problem.startsWith("brokers.shop."))
                .noneMatch(problem -> problem.contains(SECRET));
    }

    private static final String BUS = "{'type': 'service-bus', 'connectionString':"
            + " 'Endpoint=sb://shop.servicebus.windows.net/;SharedAccessKeyName=latido;SharedAccessKey=hunter2='}";

    @Test
    void readsANamespaceOfAzureServiceBus() throws Exception {
        BrokerConfig broker = Objects.requireNonNull(read(BUS, QUEUE).brokers().get("shop"));
        assertThat(broker.connectionString())
                .isEqualTo(new ConnectionString("shop.servicebus.windows.net", 5671, true, "latido", "hunter2=", ""));
        assertThat(broker.place()).isEqualTo("sb://shop.servicebus.windows.net");
        assertThat(broker.connectionString().toString()).doesNotContain("hunter2");
        BrokerConfig emulator = Objects.requireNonNull(read(
                        "{'type': 'service-bus', 'connectionString': 'Endpoint=sb://127.0.0.1:6000;EntityPath=orders;"
                                + "SharedAccessKey=SAS_KEY_VALUE;SharedAccessKeyName=Root;UseDevelopmentEmulator=true;'}",
                        QUEUE)
                .brokers()
                .get("shop"));
        assertThat(emulator.connectionString())
                .isEqualTo(new ConnectionString("127.0.0.1", 6000, false, "Root", "SAS_KEY_VALUE", "orders"));
        assertThat(emulator.place()).isEqualTo("sb://127.0.0.1:6000");
    }

    @Test
    void aQueueAtAzureServiceBusHasItsBoundThere() throws Exception {
        SharedQueue queue = Objects.requireNonNull(read(BUS, "{'broker': 'shop', 'duplicateDetection': '10m'}")
                .jobs()
                .get(0)
                .definition()
                .shared());
        assertThat(queue.binding().capacity()).isZero();
        assertThat(queue.binding().maxPayloadBytes()).isEqualTo(212_992);
        assertThat(queue.binding().lease()).isEqualTo(Duration.ofMinutes(1));
        assertThat(queue.binding().dedup()).isEqualTo(Duration.ofMinutes(10));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "capacity | 5 | is not for service-bus, where a queue has a bound in bytes",
                "group | \"g\" | is not for service-bus, where all consumers share a queue",
                "outcomes | \"5m\" | is not for service-bus, where what became of a message is not kept there",
                "existing | \"take\" | is not for service-bus, where what is in the queue is work",
                "declare | true | is for rabbitmq, and not for service-bus",
                "maxHold | \"5m\" | is for rabbitmq, and not for service-bus",
                "maxPayloadBytes | 212993 | must be 1 to 212992 with service-bus",
                "lease | \"6m\" | must be a time from 1s to 5m",
                "duplicateDetection | \"1s\" | must be a time from 20s to 7d",
                "name | \"orders?\" | must have letters and digits",
                "name | \"orders/\" | must have letters and digits",
                "name | \"$orders\" | must have letters and digits",
            })
    void refusesWhatAQueueAtAzureServiceBusCannotKeep(String setting, String value, String problem) {
        assertThat(problems(BUS, "{'broker': 'shop', '" + setting + "': " + value + "}"))
                .singleElement()
                .satisfies(each -> assertThat(each).startsWith("jobs.orders.queue." + setting + ": " + problem));
    }

    @Test
    void duplicateDetectionIsOfAzureServiceBus() {
        assertThat(problems(STORAGE, "{'broker': 'shop', 'duplicateDetection': '10m'}"))
                .containsExactly("jobs.orders.queue.duplicateDetection: is for service-bus, and not for storage-queue");
    }

    private static final String STORAGE = "{'type': 'storage-queue', 'account': 'shop', 'keyFile': '/run/key'}";

    @Test
    void readsAnAccountOfAzureStorage() throws Exception {
        BrokerConfig broker =
                Objects.requireNonNull(read(STORAGE, QUEUE).brokers().get("shop"));
        assertThat(broker.storage())
                .isEqualTo(new StorageAccount(
                        "shop",
                        "shop.queue.core.windows.net",
                        443,
                        true,
                        "",
                        Secret.in(Path.of("/run/key")),
                        null,
                        null));
        assertThat(broker.place()).isEqualTo("https://shop.queue.core.windows.net");
        BrokerConfig azurite = Objects.requireNonNull(read(
                        "{'type': 'storage-queue', 'account': 'shop', 'sas': 'sig=x', 'url': 'http://127.0.0.1:10001/shop/'}",
                        QUEUE)
                .brokers()
                .get("shop"));
        assertThat(azurite.place()).isEqualTo("http://127.0.0.1:10001/shop");
        StorageAccount known = Objects.requireNonNull(Objects.requireNonNull(read(
                                "{'type': 'storage-queue', 'account': 'shop', 'identity': {'tenant': 't', 'client': 'c'}}",
                                QUEUE)
                        .brokers()
                        .get("shop"))
                .storage());
        assertThat(known.identity())
                .isEqualTo(new StorageAccount.Identity(
                        URI.create("https://login.microsoftonline.com"),
                        "t",
                        "c",
                        Secret.in(Path.of("/var/run/secrets/azure/tokens/azure-identity-token"))));
    }

    @Test
    void anIdentityMayComeFromTheEnvironment() throws Exception {
        JsonObject file = new JsonObject(
                "{'brokers': {'shop': {'type': 'storage-queue', 'account': 'shop'}}}".replace('\'', '"'));
        Config config = ConfigReader.read(
                file,
                Map.of("LATIDO_BROKERS_SHOP_IDENTITY_TENANT", "t", "LATIDO_BROKERS_SHOP_IDENTITY_CLIENT", "c"),
                Map.of());
        StorageAccount account = Objects.requireNonNull(
                Objects.requireNonNull(config.brokers().get("shop")).storage());
        assertThat(Objects.requireNonNull(account.identity()).client()).isEqualTo("c");
    }

    @Test
    void aQueueAtAzureStorageHasNoBoundAndSmallPayloads() throws Exception {
        SharedQueue queue = Objects.requireNonNull(read(STORAGE, "{'broker': 'shop', 'lease': '1m'}")
                .jobs()
                .get(0)
                .definition()
                .shared());
        assertThat(queue.binding().capacity()).isZero();
        assertThat(queue.binding().maxPayloadBytes()).isEqualTo(47_104);
        assertThat(queue.binding().lease()).isEqualTo(Duration.ofMinutes(1));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "capacity | 5 | is not for storage-queue, where a queue has no bound",
                "whenFull | \"reject\" | is not for storage-queue, where a queue has no bound",
                "maxWaiting | 5 | is not for storage-queue, where a queue has no bound",
                "group | \"g\" | is not for storage-queue, where all consumers share a queue",
                "outcomes | \"5m\" | is not for storage-queue, where what became of a message is not kept there",
                "existing | \"take\" | is not for storage-queue, where what is in the queue is work",
                "declare | true | is for rabbitmq, and not for storage-queue",
                "maxHold | \"5m\" | is for rabbitmq, and not for storage-queue",
                "maxPayloadBytes | 47105 | must be 1 to 47104 with storage-queue",
                "name | \"Orders\" | must have 3 to 54 lower case letters",
                "name | \"a--b\" | must have 3 to 54 lower case letters",
                "name | \"or\" | must have 3 to 54 lower case letters",
                "name | \"-orders\" | must have 3 to 54 lower case letters",
                "name | \"ooooooooooooooooooooooooooooooooooooooooooooooooooooooo\" | must have 3 to 54 lower case letters",
            })
    void refusesWhatAQueueAtAzureStorageCannotKeep(String setting, String value, String problem) {
        assertThat(problems(STORAGE, "{'broker': 'shop', '" + setting + "': " + value + "}"))
                .singleElement()
                .satisfies(each -> assertThat(each).startsWith("jobs.orders.queue." + setting + ": " + problem));
    }

    @Test
    void resultsAtAzureStorageHaveANameThatItTakesAndNoBound() throws Exception {
        JsonObject file = new JsonObject(
                ("{'brokers': {'shop': " + STORAGE + "}, 'jobs': {'orders': {'results': {'broker': 'shop'}}}}")
                        .replace('\'', '"'));
        ProducerConfig results = Objects.requireNonNull(ConfigReader.read(file, Map.of(), Map.of())
                .jobs()
                .get(0)
                .definition()
                .resultQueue());
        assertThat(results.id()).isEqualTo("shop:orders-done");
        assertThat(results.binding().capacity()).isZero();
        file.getJsonObject("jobs")
                .getJsonObject("orders")
                .getJsonObject("results")
                .put("capacity", 5);
        assertThatThrownBy(() -> ConfigReader.read(file, Map.of(), Map.of()))
                .hasMessageContaining("jobs.orders.results.capacity: cannot be kept by storage-queue");
    }

    private static Config atRabbit(String job) throws InvalidConfigException {
        return ConfigReader.read(
                new JsonObject(("{'brokers': {'shop': " + RABBIT + ", 'cache': " + BROKER + "}, 'jobs': {'orders': "
                                + job + "}}")
                        .replace('\'', '"')),
                Map.of(),
                Map.of());
    }

    @Test
    void anExchangeTakesThePlaceOfAQueue() throws Exception {
        JobDefinition orders = atRabbit("{'queue': {'broker': 'shop', 'exchange': 'events', 'routingKey': 'order.*'},"
                        + " 'results': {'broker': 'shop', 'exchange': 'events', 'routingKey': 'order.done'}}")
                .jobs()
                .get(0)
                .definition();
        assertThat(Objects.requireNonNull(orders.shared()).binding().route()).isEqualTo(new Route("events", "order.*"));
        ProducerConfig results = Objects.requireNonNull(orders.resultQueue());
        assertThat(results.binding().route()).isEqualTo(new Route("events", "order.done"));
        assertThat(results.id()).isEqualTo("shop:events/order.done");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'results': {'broker': 'shop', 'exchange': 'x', 'name': 'y'}} | jobs.orders.results.name: is of a queue",
                "{'results': {'broker': 'shop', 'exchange': 'x', 'keepFor': '1h'}} | jobs.orders.results.keepFor: is of a queue",
                "{'results': {'broker': 'shop', 'exchange': 'x', 'capacity': 5}} | jobs.orders.results.capacity: is of a queue",
                "{'results': {'exchange': 'x'}} | jobs.orders.results.exchange: is not a setting",
                "{'results': {'broker': 'cache', 'exchange': 'x'}} | jobs.orders.results.exchange: is for rabbitmq, and not for redis",
                "{'worker': {'type': 'queue', 'broker': 'shop', 'exchange': 'x', 'lane': 'high'}} | jobs.orders.worker.lane: is of a queue",
                "{'worker': {'type': 'queue', 'broker': 'shop', 'routingKey': 'x'}} | jobs.orders.worker.routingKey: needs the exchange"
            })
    void anExchangeHasNothingOfAQueue(String job, String problem) {
        assertThatThrownBy(() -> atRabbit(job))
                .isInstanceOfSatisfying(
                        InvalidConfigException.class,
                        invalid -> assertThat(invalid.problems())
                                .singleElement()
                                .satisfies(each -> assertThat(each).startsWith(problem)));
    }

    @Test
    void aTimerCannotBeAtAzureStorage() {
        JsonObject file = new JsonObject(("{'brokers': {'shop': " + STORAGE
                        + "}, 'jobs': {'orders': {'every': '5m', 'queue': {'broker': 'shop'}}}}")
                .replace('\'', '"'));
        assertThatThrownBy(() -> ConfigReader.read(file, Map.of(), Map.of()))
                .hasMessageContaining("keeps no keys (storage-queue)");
    }

    private static final String RABBIT = "{'type': 'rabbitmq', 'url': 'amqp://127.0.0.1'}";

    @Test
    void readsARabbitMq() throws Exception {
        BrokerConfig broker = Objects.requireNonNull(read(
                        "{'type': 'rabbitmq', 'url': 'amqps://latido@rabbit.internal/shop', 'passwordFile': '/run/x',"
                                + " 'caFile': 'ca.pem'}",
                        QUEUE)
                .brokers()
                .get("shop"));
        assertThat(broker)
                .isEqualTo(new BrokerConfig(
                        BrokerType.RABBITMQ,
                        "rabbit.internal",
                        5_671,
                        true,
                        "latido",
                        Secret.in(Path.of("/run/x")),
                        null,
                        0,
                        "shop",
                        "ca.pem",
                        List.of(),
                        "",
                        null));
        assertThat(broker).hasToString("amqps://rabbit.internal:5671/shop");
        for (String url : List.of("amqp://h", "amqp://h/", "amqp://h:5672/%2F")) {
            BrokerConfig usual = BrokerConfig.of(BrokerType.RABBITMQ, url);
            assertThat(usual.vhost()).isEqualTo("/");
            assertThat(usual).hasToString("amqp://h:5672");
        }
    }

    @Test
    void aQueueAtRabbitMqMayBeHeldForAWhileAndDeclaredByOthers() throws Exception {
        QueueBinding usual = Objects.requireNonNull(
                        read(RABBIT, QUEUE).jobs().get(0).definition().shared())
                .binding();
        assertThat(usual.isDeclared()).isTrue();
        assertThat(usual.maxHold()).isEqualTo(Duration.ofMinutes(25));
        QueueBinding other = Objects.requireNonNull(
                        read(RABBIT, "{'broker': 'shop', 'declare': false, 'maxHold': '2h'}")
                                .jobs()
                                .get(0)
                                .definition()
                                .shared())
                .binding();
        assertThat(other.isDeclared()).isFalse();
        assertThat(other.maxHold()).isEqualTo(Duration.ofHours(2));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'broker': 'shop', 'group': 'g'} | jobs.orders.queue.group: is not for rabbitmq",
                "{'broker': 'shop', 'lease': '1m'} | jobs.orders.queue.lease: is not for rabbitmq",
                "{'broker': 'shop', 'outcomes': '1m'} | jobs.orders.queue.outcomes: is not for rabbitmq",
                "{'broker': 'shop', 'existing': 'take'} | jobs.orders.queue.existing: is not for rabbitmq",
                "{'broker': 'shop', 'maxHold': '30s'} | jobs.orders.queue.maxHold: must be",
                "{'broker': 'shop', 'routingKey': 'a'} | jobs.orders.queue.routingKey: needs the exchange",
                "{'broker': 'shop', 'exchange': ''} | jobs.orders.queue.exchange: must be a text that is not blank",
                "{'broker': 'shop', 'exchange': 'x', 'declare': false} | jobs.orders.queue.exchange: is bound only with declare: true",
                "{'broker': 'shop', 'whenFull': 'drop-oldest'} | jobs.orders.queue.whenFull: reject or wait is what rabbitmq"
            })
    void refusesWhatRabbitMqCannotKeep(String queue, String problem) {
        assertThat(problems(RABBIT, queue)).singleElement().asString().contains(problem);
    }

    @Test
    void whatIsOfOneKindOfBrokerIsNotOfTheOther() {
        assertThat(problems(BROKER, "{'broker': 'shop', 'declare': false, 'maxHold': '2h'}"))
                .allMatch(problem -> problem.contains("is for rabbitmq, and not for redis"))
                .hasSize(2);
        assertThat(problems(
                        "{'type': 'rabbitmq', 'url': 'amqp://h', 'database': 3, 'master': 'm', 'tls': true,"
                                + " 'sentinels': ['h']}",
                        "{}"))
                .allMatch(problem -> problem.contains("is for redis, and not for rabbitmq"))
                .hasSize(4);
    }

    @Test
    void aTimerIsRefusedWhereTheBrokerKeepsNoKeys() throws Exception {
        JsonObject file = new JsonObject(("{'brokers': {'shop': " + RABBIT
                        + "}, 'jobs': {'orders': {'every': '10s', 'queue': {'broker': 'shop'}}}}")
                .replace('\'', '"'));
        try {
            ConfigReader.read(file, Map.of(), Map.of());
        } catch (InvalidConfigException invalid) {
            assertThat(invalid.problems())
                    .singleElement()
                    .asString()
                    .contains("jobs.orders.queue.broker: keeps no keys (rabbitmq)");
            return;
        }
        throw new AssertionError("it was accepted");
    }
}
