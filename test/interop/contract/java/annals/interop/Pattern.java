package annals.interop;

/** Contents that are told apart at every distance, and their checksum. */
public final class Pattern {
    /** Reflected polynomial of what the protocol calls CRC-64 ECMA. */
    private static final long POLYNOMIAL = 0xC96C5795D7870F42L;

    private Pattern() {}

    /** Gives that many bytes which differ at every distance short of 16 MiB. */
    public static byte[] bytes(int lengthBytes) {
        byte[] pattern = new byte[lengthBytes];
        for (int index = 0; index < lengthBytes; index++) pattern[index] = (byte) (index ^ index >> 8 ^ index >> 16);
        return pattern;
    }

    /** Gives the checksum as the protocol writes it: decimal, without sign. */
    public static String crc64(byte[] data) {
        long[] table = new long[256];
        for (int index = 0; index < 256; index++) {
            long value = index;
            for (int bit = 0; bit < 8; bit++) value = (value & 1) == 0 ? value >>> 1 : value >>> 1 ^ POLYNOMIAL;
            table[index] = value;
        }
        long crc = -1;
        for (byte octet : data) crc = table[(int) (crc ^ octet) & 0xFF] ^ crc >>> 8;
        return Long.toUnsignedString(~crc);
    }
}
