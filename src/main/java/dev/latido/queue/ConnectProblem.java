package dev.latido.queue;

import io.netty.handler.ssl.NotSslRecordException;
import java.net.ConnectException;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;

/** Why a connection to a broker was not made, for people, and what to do where that is not plain. */
public final class ConnectProblem {

    /** How Java says that no name in a certificate is the one that was asked for. */
    private static final Pattern OTHER_HOST = Pattern.compile("subject alternative|No name matching");

    private ConnectProblem() {}

    /**
     * Says why.
     *
     * @param plainScheme how a URL begins that asks for no TLS
     */
    public static String of(Throwable cause, String plainScheme) {
        List<Throwable> causes = causes(cause);
        if (any(causes, each -> each instanceof ConnectException)) {
            return "nothing listens there";
        }
        if (any(causes, each -> each instanceof UnknownHostException)) {
            return "the host is not known";
        }
        if (any(causes, each -> each instanceof CertificateExpiredException)) {
            return "its certificate has expired; it needs a new one";
        }
        if (any(causes, each -> each instanceof CertificateNotYetValidException)) {
            return "its certificate is not valid yet; look at the clocks of both machines";
        }
        if (any(
                causes,
                each -> each instanceof CertPathBuilderException || each instanceof CertPathValidatorException)) {
            return "its certificate is of nobody who is trusted; name a file with the certificate of who signed it in"
                    + " caFile";
        }
        if (any(
                causes,
                each -> OTHER_HOST.matcher(String.valueOf(each.getMessage())).find())) {
            return "its certificate is of another host; connect by a name that stands in it";
        }
        if (any(causes, each -> each instanceof NotSslRecordException)) {
            return "it does not speak TLS there; say " + plainScheme + ":// if that is meant, or take its port for TLS";
        }
        if (any(causes, each -> each instanceof SSLException)) {
            return "TLS failed, as " + causes.get(causes.size() - 1).getMessage();
        }
        if (any(causes, each -> each instanceof ClosedChannelException || each instanceof SocketException)) {
            return "the connection was closed at once, as a server does that wants TLS";
        }
        return String.valueOf(cause.getMessage());
    }

    /** Tells whether TLS was what failed. */
    public static boolean isOfTls(Throwable cause) {
        return any(causes(cause), each -> each instanceof SSLException);
    }

    private static boolean any(List<Throwable> causes, Predicate<Throwable> is) {
        return causes.stream().anyMatch(is);
    }

    private static List<Throwable> causes(Throwable failure) {
        List<Throwable> causes = new ArrayList<>();
        for (Throwable each = failure; each != null && causes.size() < 20; each = each.getCause()) {
            causes.add(each);
        }
        return causes;
    }
}
