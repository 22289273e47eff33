package dev.latido.http;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpVersion;

/**
 * Has a request of a version of HTTP that is not spoken here answered in the one that is (RFC 9110, 6.2). Vert.x answers it with
 * 501 in the version that the request names, which may be any word.
 */
final class OtherVersion extends ChannelDuplexHandler {

    private boolean isOther;

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (message instanceof HttpRequest request) {
            HttpVersion version = request.protocolVersion();
            isOther |= !version.equals(HttpVersion.HTTP_1_1) && !version.equals(HttpVersion.HTTP_1_0);
        }
        context.fireChannelRead(message);
    }

    @Override
    @SuppressWarnings("FutureReturnValueIgnored") // it is the promise, which is the caller's
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
        if (isOther && message instanceof HttpResponse response) {
            response.setProtocolVersion(HttpVersion.HTTP_1_1);
            CommonHeaders.keepFromPages(response.headers()); // what Vert.x answers itself
        }
        context.write(message, promise);
    }
}
