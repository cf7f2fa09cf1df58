package annals.interop;

import java.util.Arrays;
import java.util.Objects;

/**
 * Prints one JSON line per step of the shared scenario. Leaves out every SDK: a step fails by whatever it throws.
 */
public final class Contract {
    private static final int DETAIL_LENGTH_MAX = 700;

    private Contract() {}

    /** What a step does; the text it returns is a remark, empty in most cases. */
    @FunctionalInterface
    public interface Action {
        String run() throws Throwable;
    }

    /** A call that a step expects to fail. */
    @FunctionalInterface
    public interface Call {
        void run() throws Throwable;
    }

    /** Ends a step in which it turns out that the SDK cannot do it. */
    public static final class MissingInSdk extends Exception {
        private static final long serialVersionUID = 1;

        public MissingInSdk(String reason) {
            super(reason);
        }
    }

    /** Runs one step; whatever it throws is its failure, and the next step still runs. */
    public static void step(String id, Action action) {
        try {
            report(id, "pass", action.run());
        } catch (MissingInSdk missing) {
            report(id, "not-in-sdk", missing.getMessage());
        } catch (Throwable failure) {
            report(id, "fail", place(failure) + failure.getClass().getName() + ": " + failure.getMessage());
        }
    }

    /** Says of steps that the SDK has no call for them. */
    public static void notInSdk(String reason, String... ids) {
        for (String id : ids) report(id, "not-in-sdk", reason);
    }

    /** Gives what a call throws, which must be of this class. */
    public static <T extends Throwable> T thrownBy(Class<T> wanted, Call call) throws Throwable {
        try {
            call.run();
        } catch (Throwable failure) {
            if (wanted.isInstance(failure)) return wanted.cast(failure);
            throw failure;
        }
        throw new AssertionError("The call was answered, wanted " + wanted.getSimpleName());
    }

    /** Fails the step if a value is not the wanted one. */
    public static void equal(Object actual, Object wanted, String what) {
        if (!Objects.equals(actual, wanted)) {
            throw new AssertionError(what + " is " + shorten(actual) + ", wanted " + shorten(wanted));
        }
    }

    /** Fails the step if bytes are not the wanted ones. */
    public static void equal(byte[] actual, byte[] wanted, String what) {
        if (!Arrays.equals(actual, wanted)) {
            throw new AssertionError(what + " are other bytes (" + actual.length + "), wanted " + wanted.length);
        }
    }

    /** Fails the step if a claim does not hold. */
    public static void holds(boolean claim, String words) {
        if (!claim) throw new AssertionError("It does not hold that " + words);
    }

    /** Gives a variable that the runner always sets. */
    public static String environment(String name) {
        String value = System.getenv(name);
        if (value == null) throw new IllegalStateException("Cannot run: " + name + " is not set");
        return value;
    }

    /** Gives a variable that the runner cannot set while the server lacks something; the other one says what. */
    public static String required(String name, String missingReason) {
        String value = System.getenv(name);
        if (value == null) throw new AssertionError(name + " is not set: " + System.getenv(missingReason));
        return value;
    }

    private static String place(Throwable failure) {
        for (StackTraceElement frame : failure.getStackTrace()) {
            // Programs have no package, which SDKs and this class have.
            if (!frame.getClassName().contains(".")) return frame.getFileName() + ":" + frame.getLineNumber() + ": ";
        }
        return "";
    }

    private static String shorten(Object value) {
        String text = value instanceof String ? '"' + (String) value + '"' : String.valueOf(value);
        return text.length() <= 200 ? text : text.substring(0, 200) + "... (" + text.length() + " characters)";
    }

    private static void report(String id, String state, String detail) {
        String line = detail.replaceAll("\\s+", " ");
        String text = line.length() <= DETAIL_LENGTH_MAX ? line : line.substring(0, DETAIL_LENGTH_MAX);
        System.out.println("{\"step\":" + json(id) + ",\"state\":" + json(state) + ",\"detail\":" + json(text) + "}");
    }

    private static String json(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        for (char character : text.toCharArray()) {
            if (character == '"' || character == '\\') quoted.append('\\').append(character);
            else if (character < ' ') quoted.append(String.format("\\u%04x", (int) character));
            else quoted.append(character);
        }
        return quoted.append('"').toString();
    }
}
