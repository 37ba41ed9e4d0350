// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

const (
	alpn2 = http2.NextProtoTLS
	// maxFrames is how many frames an answer may have: those without data are not
	// counted by its length.
	maxFrames  = 64 << 10
	frameHead  = 9        // bytes before each frame, RFC 9113 section 4.1
	maxFrame   = 16 << 10 // bytes of a frame, unless more is allowed
	stream1    = 1        // the only stream of a connection
	maxInterim = 16       // answers before the final one
	hpackSize  = 4096     // bytes of the table of fields, RFC 9113 section 6.5.2
)

// stream is one request by HTTP/2 (RFC 9113) and its answer. The body is what Read gives.
type stream struct {
	conn     net.Conn
	out      bytes.Buffer // frames that have not been sent
	in       *io.LimitedReader
	framer   *http2.Framer
	frames   int
	interim  int
	header   []hpack.HeaderField // of the final answer; nil: has not come
	trailer  []hpack.HeaderField
	data     []byte // of the body, not read yet; lasts until the next frame
	finished bool   // no more will come
}

// newStream begins HTTP/2 on a connection. What a server may send beside the body is
// bounded here; the body is bounded by its reader.
func newStream(conn net.Conn) *stream {
	s := &stream{conn: conn, in: &io.LimitedReader{R: bufio.NewReader(conn), N: maxFrame + maxHeader + maxFrames*frameHead}}
	s.framer = http2.NewFramer(&s.out, s.in)
	s.framer.SetMaxReadFrameSize(maxFrame)
	s.framer.SetReuseFrames()
	s.framer.ReadMetaHeaders = hpack.NewDecoder(hpackSize, nil)
	s.framer.MaxHeaderListSize = maxHeader
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
	s.out.WriteString(http2.ClientPreface)
	err := errors.Join(
		s.framer.WriteSettings(http2.Setting{ID: http2.SettingEnablePush}, http2.Setting{ID: http2.SettingMaxHeaderListSize, Val: maxHeader}),
		s.framer.WriteHeaders(http2.HeadersFrameParam{StreamID: stream1, BlockFragment: block.Bytes(), EndHeaders: true, EndStream: body == nil}),
	)
	if body != nil {
		err = errors.Join(err, s.framer.WriteData(stream1, true, body))
	}
	return s.send(err)
}

// send sends the frames that were written, unless one could not be.
func (s *stream) send(err error) error {
	if err == nil {
		_, err = s.out.WriteTo(s.conn)
	}
	if err != nil {
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
	f, err := s.framer.ReadFrame()
	if err != nil {
		return broken2(err)
	}
	switch f := f.(type) {
	case *http2.SettingsFrame:
		if !f.IsAck() {
			return s.send(s.framer.WriteSettingsAck())
		}
	case *http2.PingFrame:
		if !f.IsAck() {
			return s.send(s.framer.WritePing(true, f.Data))
		}
	case *http2.GoAwayFrame: // without an error our stream goes on
		if f.LastStreamID < stream1 || f.ErrCode != http2.ErrCodeNo {
			return fmt.Errorf("%w: GOAWAY with error %v", ErrReply, f.ErrCode)
		}
	default:
		if f.Header().StreamID == stream1 {
			return s.take(f)
		}
	}
	return nil
}

// broken2 is the error of a frame that could not be read: of a connection that ends or
// breaks before the answer does, or of an answer that is none.
func broken2(err error) error {
	var refused http2.ConnectionError
	var reset http2.StreamError
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%w: the answer does not end", ErrReply)
	case errors.As(err, &refused), errors.As(err, &reset), errors.Is(err, http2.ErrFrameTooLarge):
		return fmt.Errorf("%w: %w", ErrReply, err)
	}
	return errors.Join(ErrRead, err)
}

// take takes a frame of the answer. Types that are not known do not matter.
func (s *stream) take(f http2.Frame) error {
	switch f := f.(type) {
	case *http2.RSTStreamFrame:
		return fmt.Errorf("%w: the stream was reset", ErrReply)
	case *http2.MetaHeadersFrame:
		return s.takeFields(f)
	case *http2.DataFrame:
		return s.takeData(f)
	}
	return nil
}

// takeFields takes the header or the trailer.
func (s *stream) takeFields(f *http2.MetaHeadersFrame) error {
	if f.Truncated {
		return fmt.Errorf("%w: the header is longer than %d bytes", ErrReply, maxHeader)
	}
	// Interim answers do not count, unless they are all that comes.
	if status := f.PseudoValue("status"); s.header == nil && !f.StreamEnded() && len(status) == 3 && status[0] == '1' {
		if s.interim++; s.interim > maxInterim {
			return fmt.Errorf("%w: more than %d interim answers", ErrReply, maxInterim)
		}
		return nil
	}
	if s.header == nil {
		s.header = append([]hpack.HeaderField{}, f.Fields...)
	} else {
		s.trailer = append([]hpack.HeaderField{}, f.Fields...)
	}
	s.finished = f.StreamEnded()
	return nil
}

// takeData takes a part of the body, and lets the server send as much again.
func (s *stream) takeData(f *http2.DataFrame) error {
	if s.header == nil {
		return fmt.Errorf("%w: data without a header", ErrReply)
	}
	s.data, s.finished = f.Data(), f.StreamEnded()
	s.in.N += int64(len(s.data))
	if f.Length == 0 || s.finished {
		return nil
	}
	return s.send(errors.Join(s.framer.WriteWindowUpdate(0, f.Length), s.framer.WriteWindowUpdate(stream1, f.Length)))
}
