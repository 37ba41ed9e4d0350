// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"time"

	"golang.org/x/net/http2/hpack"

	"vipward/conf"
)

// ErrHealth says that a gRPC server does not serve.
var ErrHealth = errors.New("health")

// grpc is GRPC_CHECK: grpc.health.v1.Health/Check, by HTTP/2 with TLS or without.
type grpc struct{ *conf.Checker }

const (
	healthCheck = "/grpc.health.v1.Health/Check"
	grpcHead    = 5        // bytes before each message: compressed or not, and its length
	maxHealth   = 64 << 10 // bytes of a message
	serving     = 1        // HealthCheckResponse.ServingStatus
)

// healthNames are the states of a server by their numbers in the protocol.
var healthNames = []string{"UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"}

// grpcCodes are the names of some of gRPC's status codes, those that a health check meets.
var grpcCodes = map[string]string{
	"4": "DEADLINE_EXCEEDED", "5": "NOT_FOUND", "7": "PERMISSION_DENIED", "8": "RESOURCE_EXHAUSTED",
	"12": "UNIMPLEMENTED", "13": "INTERNAL", "14": "UNAVAILABLE", "16": "UNAUTHENTICATED",
}

// Run implements Probe.
func (c grpc) Run(ctx context.Context) Result {
	conn, err := dial(ctx, c.Checker)
	if err != nil {
		r := judge(err)
		r.Cause = errors.Join(ErrConnect, r.Cause)
		return r
	}
	defer func() { _ = conn.Close() }()
	defer expire(ctx, conn, c.ConnectTimeout)()
	seen := &trust{Trust: &c.GRPC.Trust, host: cmp.Or(c.GRPC.Name, c.ConnectIP.String())}
	r := told(ctx, c.ask(ctx, conn, seen))
	r.Expires = seen.expires
	return r
}

// ask asks for the health by a connection and says what is wrong with it.
func (c grpc) ask(ctx context.Context, conn net.Conn, seen *trust) error {
	if c.GRPC.TLS {
		secure, err := client{ssl: c.GRPC.SSL, sni: c.GRPC.Name, protocol: alpn2, trust: seen}.handshake(ctx, conn)
		if err != nil {
			return errors.Join(ErrConnect, err)
		}
		conn = secure
	}
	s := newStream(conn)
	host := cmp.Or(c.GRPC.Name, target(c.Checker).String())
	fields := append(
		fields2("POST", c.GRPC.TLS, host, healthCheck),
		hpack.HeaderField{Name: "te", Value: "trailers"},
		hpack.HeaderField{Name: "content-type", Value: "application/grpc"},
		hpack.HeaderField{Name: "grpc-timeout", Value: grpcTimeout(c.ConnectTimeout)},
	)
	if err := s.request(fields, healthRequest(c.GRPC.Service)); err != nil {
		return err
	}
	return healthAnswer(s)
}

// grpcTimeout is a duration as gRPC writes it: at most eight digits and a unit.
func grpcTimeout(d time.Duration) string {
	return strconv.FormatInt(max(int64(d/time.Millisecond), 1), 10) + "m"
}

// healthRequest is a HealthCheckRequest with its head. An empty service is left out.
func healthRequest(service string) []byte {
	var message []byte
	if service != "" {
		message = append(message, 1<<3|2) // field 1, bytes
		message = binary.AppendUvarint(message, uint64(len(service)))
		message = append(message, service...)
	}
	head := make([]byte, grpcHead, grpcHead+len(message))
	binary.BigEndian.PutUint32(head[1:], uint32(len(message)))
	return append(head, message...)
}

// healthAnswer reads the answer to its end and says what is wrong with it.
func healthAnswer(s *stream) error {
	status, _, err := s.status()
	switch {
	case err != nil:
		return err
	case status != 200:
		return fmt.Errorf("%w %d", ErrStatus, status)
	}
	body, err := io.ReadAll(io.LimitReader(s, grpcHead+maxHealth))
	switch {
	case err != nil:
		return err
	case !s.finished:
		return fmt.Errorf("%w: the answer is longer than %d bytes", ErrReply, maxHealth)
	}
	if code := grpcStatus(s); code != "0" {
		return fmt.Errorf("%w: status %s", ErrHealth, cmp.Or(grpcCodes[code], code, "is missing"))
	}
	return healthOf(body)
}

// grpcStatus is gRPC's own status, which stands in the header of an answer without a body.
func grpcStatus(s *stream) string {
	return cmp.Or(field(s.trailer, "grpc-status"), field(s.header, "grpc-status"))
}

// healthOf says what is wrong with a HealthCheckResponse.
func healthOf(body []byte) error {
	if len(body) < grpcHead || body[0] != 0 || int(binary.BigEndian.Uint32(body[1:])) != len(body)-grpcHead {
		return fmt.Errorf("%w: not one whole message", ErrReply)
	}
	state, err := firstVarint(body[grpcHead:])
	switch {
	case err != nil:
		return err
	case state == serving:
		return nil
	case state < uint64(len(healthNames)):
		return fmt.Errorf("%w: %s", ErrHealth, healthNames[state])
	}
	return fmt.Errorf("%w: state %d", ErrHealth, state)
}

// firstVarint gives field 1 of a message of protocol buffers, 0 when it is not there.
func firstVarint(message []byte) (value uint64, err error) {
	broken := fmt.Errorf("%w: a broken message", ErrReply)
	for len(message) > 0 {
		tag, n := binary.Uvarint(message)
		if n <= 0 {
			return 0, broken
		}
		message = message[n:]
		v, n := binary.Uvarint(message) // the value, or the length of one
		size := n
		switch tag & 7 {
		case 0:
		case 1:
			n, size = 1, 8
		case 2:
			if v > uint64(len(message)) {
				return 0, broken
			}
			size = n + int(v)
		case 5:
			n, size = 1, 4
		default:
			return 0, broken
		}
		if n <= 0 || size > len(message) {
			return 0, broken
		}
		if message = message[size:]; tag == 1<<3 {
			value = v
		}
	}
	return value, nil
}
