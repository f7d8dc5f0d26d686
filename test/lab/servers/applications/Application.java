import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.FileReader;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.Executors;

/** The lab's application for the HTTP server of the JDK: does what behaviour.ini says at every request. */
public final class Application {
	private static final byte[] CHUNK = new byte[65536];
	private static String name;
	private static String behaviourFile;

	/** NAME BEHAVIOUR_FILE HOST PORT BACKLOG THREADS */
	public static void main(String[] arguments) throws IOException {
		name = arguments[0];
		behaviourFile = arguments[1];
		InetSocketAddress address = new InetSocketAddress(arguments[2], Integer.parseInt(arguments[3]));
		HttpServer server = HttpServer.create(address, Integer.parseInt(arguments[4]));
		server.createContext("/", Application::answer);
		server.setExecutor(Executors.newFixedThreadPool(Integer.parseInt(arguments[5])));
		server.start();
	}

	private static void answer(HttpExchange exchange) throws IOException {
		try (exchange) {
			Properties now = new Properties();
			try (FileReader reader = new FileReader(behaviourFile)) {
				now.load(reader);
			}
			Map<String, String> query = query(exchange.getRequestURI().getRawQuery());
			while (exchange.getRequestBody().read(new byte[65536]) > 0);
			exchange.getResponseHeaders().set("X-Backend", name);
			if (exchange.getRequestURI().getPath().endsWith("/sse")) {
				sendEvents(exchange);
				return;
			}
			String wait = query.get("ms");
			if (wait == null) {
				boolean isTail = Math.random() < Double.parseDouble(now.getProperty("tailShare"));
				wait = now.getProperty(isTail ? "tailMs" : "latencyMs");
			}
			sleep((long) Double.parseDouble(wait));
			if (now.getProperty("closes").equals("1")) exchange.getResponseHeaders().set("Connection", "close");
			long left = Long.parseLong(query.getOrDefault("bytes", "200"));
			exchange.sendResponseHeaders(Integer.parseInt(now.getProperty("status")), left);
			try (OutputStream out = exchange.getResponseBody()) {
				for (; left > 0; left -= CHUNK.length) out.write(CHUNK, 0, (int) Math.min(left, CHUNK.length));
			}
		}
	}

	private static void sendEvents(HttpExchange exchange) throws IOException {
		exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
		exchange.sendResponseHeaders(200, 0);
		try (OutputStream out = exchange.getResponseBody()) {
			for (;;) {
				out.write(("data: " + System.currentTimeMillis() + "\n\n").getBytes());
				out.flush();
				sleep(500);
			}
		}
	}

	private static Map<String, String> query(String text) {
		Map<String, String> values = new HashMap<>();
		for (String pair : text == null ? new String[0] : text.split("&")) {
			String[] halves = pair.split("=", 2);
			values.put(halves[0], halves.length == 2 ? halves[1] : "");
		}
		return values;
	}

	private static void sleep(long milliseconds) {
		try {
			Thread.sleep(milliseconds);
		} catch (InterruptedException e) {
			Thread.currentThread().interrupt();
		}
	}
}
