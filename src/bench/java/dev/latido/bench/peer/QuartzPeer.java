package dev.latido.bench.peer;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Date;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import org.quartz.Job;
import org.quartz.JobBuilder;
import org.quartz.JobDetail;
import org.quartz.JobExecutionContext;
import org.quartz.Scheduler;
import org.quartz.SchedulerException;
import org.quartz.SimpleScheduleBuilder;
import org.quartz.Trigger;
import org.quartz.TriggerBuilder;
import org.quartz.impl.StdSchedulerFactory;
import org.quartz.impl.matchers.GroupMatcher;
import org.quartz.simpl.RAMJobStore;
import org.quartz.simpl.SimpleThreadPool;
import org.quartz.utils.ConnectionProvider;
import org.quartz.utils.DBConnectionManager;

/** Quartz: one stored job, and for each piece of work a trigger that fires at once and carries the payload. */
@SuppressWarnings("JavaUtilDate") // Quartz speaks it
final class QuartzPeer implements Peer {

    private static final int THREADS = 16;
    private static final String PAYLOAD = "payload";
    private static final String SCHEMA = "org/quartz/impl/jdbcjobstore/tables_h2.sql";

    private final Scheduler scheduler;
    private final Producers producers;
    private final Optional<Database> database;

    private QuartzPeer(Properties store, int producers, Optional<Database> database) throws SchedulerException {
        this.producers = new Producers(producers, 1);
        this.database = database;
        Properties settings = new Properties();
        settings.setProperty(StdSchedulerFactory.PROP_THREAD_POOL_CLASS, SimpleThreadPool.class.getName());
        settings.setProperty("org.quartz.threadPool.threadCount", Integer.toString(THREADS));
        settings.setProperty(StdSchedulerFactory.PROP_SCHED_MAX_BATCH_SIZE, Integer.toString(THREADS));
        settings.setProperty(StdSchedulerFactory.PROP_SCHED_IDLE_WAIT_TIME, "1000"); // it refuses less
        settings.putAll(store);
        scheduler = new StdSchedulerFactory(settings).getScheduler();
        scheduler.start();
    }

    static QuartzPeer inMemory() throws SchedulerException {
        Properties store = new Properties();
        store.setProperty(StdSchedulerFactory.PROP_JOB_STORE_CLASS, RAMJobStore.class.getName());
        return new QuartzPeer(store, 1, Optional.empty());
    }

    static QuartzPeer onH2(Database database) throws Exception {
        try (InputStream schema = Scheduler.class.getClassLoader().getResourceAsStream(SCHEMA)) {
            if (schema == null) {
                throw new IllegalStateException("no " + SCHEMA);
            }
            database.execute(new String(schema.readAllBytes(), StandardCharsets.UTF_8));
        }
        DBConnectionManager.getInstance().addConnectionProvider("h2", new Connections(database));
        Properties store = new Properties();
        store.setProperty(
                StdSchedulerFactory.PROP_JOB_STORE_CLASS, org.quartz.impl.jdbcjobstore.JobStoreTX.class.getName());
        store.setProperty(
                "org.quartz.jobStore.driverDelegateClass",
                org.quartz.impl.jdbcjobstore.StdJDBCDelegate.class.getName());
        store.setProperty("org.quartz.jobStore.dataSource", "h2");
        store.setProperty(StdSchedulerFactory.PROP_JOB_STORE_USE_PROP, "true");
        store.setProperty("org.quartz.jobStore.acquireTriggersWithinLock", "true"); // batches need it
        return new QuartzPeer(store, 4, Optional.of(database));
    }

    /** Has so many jobs tick from {@code beginMillis} on, a moment of the wall clock, spread over the second. */
    void tick(int jobs, long beginMillis) throws SchedulerException {
        for (int i = 0; i < jobs; i++) {
            JobDetail ticking =
                    JobBuilder.newJob(Ticking.class).withIdentity("tick-" + i).build();
            Trigger trigger = TriggerBuilder.newTrigger()
                    .startAt(new Date(beginMillis + Ticks.EVERY.toMillis() * i / jobs))
                    .withSchedule(SimpleScheduleBuilder.repeatSecondlyForever()
                            .withMisfireHandlingInstructionIgnoreMisfires())
                    .build();
            scheduler.scheduleJob(ticking, trigger);
        }
    }

    @Override
    public void submit(int first, int count) throws Exception {
        if (count == 1) {
            handIn(first);
        } else {
            producers.submit(first, count, (number, one) -> handIn(number));
        }
    }

    /** Each as a job of its own: removing a trigger from those of one job takes as long as it has triggers. */
    private void handIn(int number) throws SchedulerException {
        String name = Integer.toString(number);
        scheduler.scheduleJob(
                JobBuilder.newJob(Piece.class).withIdentity(name).build(),
                TriggerBuilder.newTrigger()
                        .withIdentity(name)
                        .usingJobData(PAYLOAD, Work.payload(number))
                        .startNow()
                        .build());
    }

    @Override
    public boolean isIdle() throws SchedulerException {
        return scheduler.getTriggerKeys(GroupMatcher.anyTriggerGroup()).isEmpty()
                && scheduler.getCurrentlyExecutingJobs().isEmpty();
    }

    @Override
    public void close() {
        producers.close();
        try {
            scheduler.shutdown(true);
        } catch (SchedulerException failure) {
            throw new IllegalStateException(failure);
        }
        database.ifPresent(Database::close);
    }

    /** Does a piece of work. Public, because Quartz makes one for each run. */
    public static final class Piece implements Job {
        @Override
        public void execute(JobExecutionContext context) {
            Work.run(context.getTrigger().getJobDataMap().getString(PAYLOAD));
        }
    }

    /** Notes a tick. */
    public static final class Ticking implements Job {
        @Override
        public void execute(JobExecutionContext context) {
            long dueMillis = context.getScheduledFireTime().getTime();
            Ticks.ranAt(TimeUnit.MILLISECONDS.toNanos(dueMillis));
        }
    }

    private record Connections(Database database) implements ConnectionProvider {
        @Override
        public java.sql.Connection getConnection() throws java.sql.SQLException {
            return database.pool().getConnection();
        }

        @Override
        public void shutdown() {}

        @Override
        public void initialize() {}
    }
}
