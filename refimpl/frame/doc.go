// Package frame reads and writes WebSocket frames (RFC 6455, section 5) as a
// server does. It does no I/O: a Decoder is fed whatever bytes came and gives
// back whole messages.
//
//	 byte 0           byte 1            0, 2 or 8 bytes    4 bytes   the payload
//	+---+---+--------+------+----------+------------------+---------+---------------+
//	|FIN|RSV| opcode | MASK | length   | extended length  | mask    | masked bytes  |
//	+---+---+--------+------+----------+------------------+---------+---------------+
//
// It is strict: reserved bits, reserved opcodes, frames that are not masked,
// fragmented or long control frames, codes that must not be sent and text that is
// not UTF-8 are violations, each found at the first byte that shows it. Between
// messages a Decoder holds no memory but its own, since most sockets are idle.
package frame
