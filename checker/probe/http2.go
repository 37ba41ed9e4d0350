// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"

	"golang.org/x/net/http2/hpack"
)

const (
	alpn2 = "h2"
	// maxFrames is how many frames an answer may have: those without data are not
	// counted by its length.
	maxFrames  = 64 << 10
	stream1    = 1    // the only stream of a connection
	maxInterim = 16   // answers before the final one
	hpackSize  = 4096 // bytes of the table of fields, RFC 9113 section 6.5.2
)

// stream is one request by HTTP/2 (RFC 9113) and its answer. The body is what Read gives.
type stream struct {
	conn     net.Conn
	in       *bufio.Reader
	buffer   [maxFrame]byte
	frames   int
	interim  int
	block    []byte // of a header that has not come whole
	ending   bool   // that header is the end of the answer
	open     bool   // a header has begun and goes on
	decoder  *hpack.Decoder
	header   []hpack.HeaderField // of the final answer; nil: has not come
	trailer  []hpack.HeaderField
	data     []byte // of the body, not read yet; of buffer
	finished bool   // no more will come
}

// newStream begins HTTP/2 on a connection. What a server may send in all is bounded.
func newStream(conn net.Conn) *stream {
	s := &stream{conn: conn, decoder: hpack.NewDecoder(hpackSize, nil)}
	s.decoder.SetMaxStringLength(maxHeader)
	s.in = bufio.NewReader(io.LimitReader(conn, maxBody+maxHeader+maxFrames*frameHead))
	return s
}

// fields2 are the fields that begin a request.
func fields2(method string, tls bool, host, path string) []hpack.HeaderField {
	scheme := "http"
	if tls {
		scheme = "https"
	}
	return []hpack.HeaderField{
		{Name: ":method", Value: method},
		{Name: ":scheme", Value: scheme},
		{Name: ":authority", Value: host},
		{Name: ":path", Value: path},
		{Name: "user-agent", Value: "KeepAliveClient"},
	}
}

// request sends a request with a body, which may be nil.
func (s *stream) request(fields []hpack.HeaderField, body []byte) error {
	var block bytes.Buffer
	enc := hpack.NewEncoder(&block)
	for _, f := range fields {
		if err := enc.WriteField(f); err != nil {
			return errors.Join(ErrRead, err)
		}
	}
	flags := byte(flagEndHeaders)
	if body == nil {
		flags |= flagEndStream
	}
	out := append([]byte(preface2), frame2{kind: frameSettings, payload: settings2()}.append(nil)...)
	out = frame2{kind: frameHeaders, flags: flags, stream: stream1, payload: block.Bytes()}.append(out)
	if body != nil {
		out = frame2{kind: frameData, flags: flagEndStream, stream: stream1, payload: body}.append(out)
	}
	return s.send(out)
}

// settings2 are our settings: no pushes, and headers as long as with other versions.
func settings2() []byte {
	const enablePush, maxHeaderList = 0x2, 0x6
	b := binary.BigEndian.AppendUint16(nil, enablePush)
	b = binary.BigEndian.AppendUint32(b, 0)
	b = binary.BigEndian.AppendUint16(b, maxHeaderList)
	return binary.BigEndian.AppendUint32(b, maxHeader)
}

func (s *stream) send(b []byte) error {
	if _, err := s.conn.Write(b); err != nil {
		return errors.Join(ErrRead, fmt.Errorf("send: %w", err))
	}
	return nil
}

// status waits for the header of the answer and gives its status and the length that it
// tells, -1 for none.
func (s *stream) status() (status int, length int64, err error) {
	for s.header == nil {
		if s.finished {
			return 0, 0, fmt.Errorf("%w: no header", ErrReply)
		}
		if err := s.next(); err != nil {
			return 0, 0, err
		}
	}
	if status, err = strconv.Atoi(field(s.header, ":status")); err != nil {
		return 0, 0, fmt.Errorf("%w: no status", ErrReply)
	}
	length, err = strconv.ParseInt(field(s.header, "content-length"), 10, 64)
	if err != nil || length < 0 {
		length = -1
	}
	return status, length, nil
}

// field gives the value of a field, empty when it is not there.
func field(list []hpack.HeaderField, name string) string {
	for _, f := range list {
		if f.Name == name {
			return f.Value
		}
	}
	return ""
}

// Read implements io.Reader.
func (s *stream) Read(p []byte) (int, error) {
	for len(s.data) == 0 {
		if s.finished {
			return 0, io.EOF
		}
		if err := s.next(); err != nil {
			return 0, err
		}
	}
	n := copy(p, s.data)
	s.data = s.data[n:]
	return n, nil
}

// next takes one frame, and sends what is to be said to it.
func (s *stream) next() error {
	if s.frames++; s.frames > maxFrames {
		return fmt.Errorf("%w: more than %d frames", ErrReply, maxFrames)
	}
	f, err := readFrame(s.in, &s.buffer)
	if err != nil {
		return err
	}
	if s.open != (f.kind == frameContinuation) {
		return fmt.Errorf("%w: a header in pieces", ErrReply)
	}
	switch f.kind {
	case frameSettings, framePing:
		return s.acknowledge(f)
	case frameGoAway:
		return s.goAway(f.payload)
	}
	if f.stream != stream1 {
		return nil // it is nothing that we asked for
	}
	switch f.kind {
	case frameRSTStream:
		return fmt.Errorf("%w: the stream was reset", ErrReply)
	case frameHeaders:
		s.block, s.ending = s.block[:0], f.has(flagEndStream)
		return s.takeBlock(f)
	case frameContinuation:
		return s.takeBlock(f)
	case frameData:
		return s.takeData(f)
	}
	return nil // there may be other types, which do not matter
}

// acknowledge answers SETTINGS and PING.
func (s *stream) acknowledge(f frame2) error {
	if f.has(flagAck) {
		return nil
	}
	answer := frame2{kind: f.kind, flags: flagAck}
	if f.kind == framePing {
		answer.payload = f.payload
	}
	return s.send(answer.append(nil))
}

// goAway takes the announcement of an end: without an error our stream goes on.
func (s *stream) goAway(payload []byte) error {
	if len(payload) < 8 {
		return fmt.Errorf("%w: GOAWAY of %d bytes", ErrReply, len(payload))
	}
	last, code := binary.BigEndian.Uint32(payload)&^(1<<31), binary.BigEndian.Uint32(payload[4:])
	if last < stream1 || code != 0 {
		return fmt.Errorf("%w: GOAWAY with error %d", ErrReply, code)
	}
	return nil
}

// takeBlock takes a piece of the header or of the trailer.
func (s *stream) takeBlock(f frame2) error {
	s.block = append(s.block, f.payload...)
	if len(s.block) > maxHeader {
		return fmt.Errorf("%w: the header is longer than %d bytes", ErrReply, maxHeader)
	}
	if s.open = !f.has(flagEndHeaders); s.open {
		return nil
	}
	fields, err := s.decode()
	if err != nil {
		return err
	}
	// Interim answers do not count, unless they are all that comes.
	if status := field(fields, ":status"); s.header == nil && !s.ending && len(status) == 3 && status[0] == '1' {
		if s.interim++; s.interim > maxInterim {
			return fmt.Errorf("%w: more than %d interim answers", ErrReply, maxInterim)
		}
		return nil
	}
	if s.header == nil {
		s.header = fields
	} else {
		s.trailer = fields
	}
	s.finished = s.ending
	return nil
}

// decode gives the fields of the block, of which there may be no more than of a plain
// header: a few bytes can stand for many.
func (s *stream) decode() ([]hpack.HeaderField, error) {
	fields := []hpack.HeaderField{}
	size := uint32(0)
	s.decoder.SetEmitFunc(func(f hpack.HeaderField) {
		if size += f.Size(); size > maxHeader {
			s.decoder.SetEmitEnabled(false)
			return
		}
		fields = append(fields, f)
	})
	s.decoder.SetEmitEnabled(true)
	_, err := s.decoder.Write(s.block)
	if err = errors.Join(err, s.decoder.Close()); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrReply, err)
	}
	if size > maxHeader {
		return nil, fmt.Errorf("%w: the header is longer than %d bytes", ErrReply, maxHeader)
	}
	return fields, nil
}

// takeData takes a part of the body, and lets the server send as much again.
func (s *stream) takeData(f frame2) error {
	if s.header == nil {
		return fmt.Errorf("%w: data without a header", ErrReply)
	}
	s.data, s.finished = f.payload, f.has(flagEndStream)
	if f.length == 0 || s.finished {
		return nil
	}
	more := binary.BigEndian.AppendUint32(nil, uint32(f.length))
	return s.send(frame2{kind: frameWindowUpdate, stream: stream1, payload: more}.append(frame2{kind: frameWindowUpdate, payload: more}.append(nil)))
}
