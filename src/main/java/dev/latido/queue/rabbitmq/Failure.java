package dev.latido.queue.rabbitmq;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.AuthenticationFailureException;
import com.rabbitmq.client.ChannelContinuationTimeoutException;
import com.rabbitmq.client.MissedHeartbeatException;
import com.rabbitmq.client.PossibleAuthenticationFailureException;
import com.rabbitmq.client.ShutdownSignalException;
import dev.latido.queue.BrokerConfig.LoginException;
import dev.latido.queue.ConnectProblem;
import java.util.NoSuchElementException;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a call of the client failed by.
 *
 * @param isOfConnection whether the connection is over by it, and not a channel or the call alone
 * @param isTooLarge whether a message came that is larger than what is read here
 * @param why the same for people
 */
record Failure(boolean isOfConnection, boolean isTooLarge, String why) {

    private static final int MAX_TEXT = 300;
    private static final String LOST = "the connection to RabbitMQ was lost";

    /** How RabbitMQ says that a queue is there with another argument. */
    private static final Pattern INEQUIVALENT = Pattern.compile(
            "inequivalent arg '([^']+)' for (queue|exchange) '(.+?)' in vhost '.*?': received (.+?) but current is (.+)",
            Pattern.DOTALL);

    private static final Pattern VALUE = Pattern.compile("'([^']*)'");

    /** Reads it. */
    static Failure of(Throwable failure) {
        if (failure instanceof AuthenticationFailureException
                || failure instanceof PossibleAuthenticationFailureException) {
            return new Failure(true, false, "RabbitMQ refuses user or password");
        }
        if (failure
                instanceof NoSuchElementException) { // the client looked for its part of a connection that was closed
            return new Failure(true, false, LOST);
        }
        if (failure instanceof LoginException) {
            return new Failure(true, false, "the login of RabbitMQ cannot be read: " + failure.getMessage());
        }
        ShutdownSignalException signal = signal(failure);
        if (signal == null) {
            return failure instanceof TimeoutException || failure instanceof ChannelContinuationTimeoutException
                    ? new Failure(true, false, "RabbitMQ does not answer")
                    : new Failure(true, false, ConnectProblem.of(failure, "amqp"));
        }
        String text = text(signal.getReason());
        if (text == null) {
            return new Failure(signal.isHardError(), isTooLarge(signal), lost(signal));
        }
        Matcher other = INEQUIVALENT.matcher(text);
        return new Failure(
                signal.isHardError(), false, other.find() ? inequivalent(other) : "RabbitMQ refused: " + cut(text));
    }

    private static @Nullable ShutdownSignalException signal(Throwable failure) {
        Throwable each = failure;
        for (int depth = 0; each != null && depth < 10; depth++) {
            if (each instanceof ShutdownSignalException signal) {
                return signal;
            }
            each = each.getCause();
        }
        return null;
    }

    private static @Nullable String text(com.rabbitmq.client.@Nullable Method reason) {
        if (reason instanceof AMQP.Channel.Close close) {
            return close.getReplyText();
        }
        return reason instanceof AMQP.Connection.Close close && close.getReplyCode() != AMQP.REPLY_SUCCESS
                ? close.getReplyText()
                : null;
    }

    /** The client has no type for it. */
    private static boolean isTooLarge(ShutdownSignalException signal) {
        return signal.getCause() != null
                && String.valueOf(signal.getCause().getMessage()).contains("body is too large");
    }

    private static String lost(ShutdownSignalException signal) {
        if (isTooLarge(signal)) {
            return "a message came that is larger than what is read here";
        }
        if (ConnectProblem.isOfTls(signal)) {
            return ConnectProblem.of(signal, "amqp");
        }
        return signal.getCause() instanceof MissedHeartbeatException ? "RabbitMQ does not answer" : LOST;
    }

    /** Names both values and the way out, as arguments cannot be changed. */
    private static String inequivalent(Matcher other) {
        String argument = other.group(1);
        String setting = argument.equals("x-max-length") ? " (capacity)" : "";
        return "the " + other.group(2) + " " + other.group(3) + " is at RabbitMQ with " + argument + " "
                + value(other.group(5)) + setting + ", and here it is " + value(other.group(4))
                + ": RabbitMQ never changes that; have the same here, or delete it there once it is empty";
    }

    private static String value(String text) {
        Matcher value = VALUE.matcher(text);
        return value.find() ? value.group(1) : text.startsWith("none") ? "none" : cut(text);
    }

    private static String cut(String text) {
        return text.length() <= MAX_TEXT ? text : text.substring(0, MAX_TEXT);
    }
}
