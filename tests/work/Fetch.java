// SPDX-License-Identifier: Apache-2.0
// Fetch URL...: java.net.http.HttpClient, all at once; the bodies in order.
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Arrays;
import java.util.stream.Collectors;

public class Fetch {
	public static void main(String[] urls) {
		HttpClient client = HttpClient.newHttpClient();
		System.out.println(Arrays.stream(urls)
			.map(url -> client.sendAsync(HttpRequest.newBuilder(URI.create(url)).build(), BodyHandlers.ofString()))
			.collect(Collectors.toList()).stream()
			.map(answer -> answer.thenApply(r -> r.body().strip()).exceptionally(e -> e.getCause().getClass().getSimpleName()).join())
			.collect(Collectors.joining(" ")));
	}
}
