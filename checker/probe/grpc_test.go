// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vipward/conf"
)

// health is a gRPC server of package net/http: it gives a message in hexadecimal, with
// its head, and a status of gRPC in the trailer.
func health(message, status string) http.HandlerFunc {
	b, err := hex.DecodeString(strings.ReplaceAll(message, " ", ""))
	if err != nil {
		panic(err)
	}
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/grpc")
		if len(b) == 0 { // an answer without a body has no trailer
			w.Header().Set("Grpc-Status", status)
			return
		}
		w.Header().Set("Trailer", "Grpc-Status")
		_, _ = w.Write(b)
		w.Header().Set("Grpc-Status", status)
	}
}

func grpcFrom(at netip.AddrPort, g conf.GRPCCheck) grpc {
	return grpc{&conf.Checker{
		ConnectIP: at.Addr(), ConnectPort: at.Port(), CheckSettings: &conf.CheckSettings{Kind: "GRPC_CHECK", ConnectTimeout: 5 * time.Second, GRPC: &g},
	}}
}

// TestGRPC: the states of the protocol, the codes of gRPC, and broken answers.
func TestGRPC(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	cert := a.leaf(time.Now().Add(time.Hour))
	tests := []struct {
		name            string
		message, status string
		want            error
		text            string
	}{
		{"serving", "00 00000002 0801", "0", nil, ""},
		{"serving, with fields to come", "00 0000001d 0801 1003 1a020000 210000000000000000 2d00000000 320568656c6c6f", "0", nil, ""},
		{"serving, said last", "00 00000004 0802 0801", "0", nil, ""},
		{"unknown", "00 00000000", "0", ErrHealth, "UNKNOWN"},
		{"not serving", "00 00000002 0802", "0", ErrHealth, "NOT_SERVING"},
		{"service unknown", "00 00000002 0803", "0", ErrHealth, "SERVICE_UNKNOWN"},
		{"a state to come", "00 00000003 089601", "0", ErrHealth, "state 150"},
		{"no such service", "", "5", ErrHealth, "NOT_FOUND"},
		{"no health service", "", "12", ErrHealth, "UNIMPLEMENTED"},
		{"no such code", "", "99", ErrHealth, "99"},
		{"no code", "", "", ErrHealth, "missing"},
		{"serving with a bad code", "00 00000002 0801", "13", ErrHealth, "INTERNAL"},
		{"compressed", "01 00000002 0801", "0", ErrReply, "message"},
		{"longer than it says", "00 00000002 0801 00", "0", ErrReply, "message"},
		{"shorter than it says", "00 00000003 0801", "0", ErrReply, "message"},
		{"half a head", "00 0000", "0", ErrReply, "message"},
		{"no value", "00 00000001 08", "0", ErrReply, "broken"},
		{"endless number", "00 0000000c 08 ffffffffffffffffffffff", "0", ErrReply, "broken"},
		{"bytes beyond the end", "00 00000003 12 7f00", "0", ErrReply, "broken"},
		{"8 bytes beyond the end", "00 00000003 21 0000", "0", ErrReply, "broken"},
		{"group", "00 00000002 0b00", "0", ErrReply, "broken"},
	}
	for _, tt := range tests {
		for _, secure := range []bool{false, true} {
			t.Run(tt.name, func(t *testing.T) {
				t.Parallel()
				g := conf.GRPCCheck{TLS: secure}
				with := &cert
				if g.Trust = (conf.Trust{Verify: true, CAFile: a.file}); !secure {
					with = nil
				}
				at, _ := web(t, with, health(tt.message, tt.status))
				r := grpcFrom(at, g).Run(t.Context())
				if !errors.Is(r.Cause, tt.want) || (tt.want == nil) != (r.Outcome == Passed) {
					t.Fatalf("%+v, want %v", r, tt.want)
				}
				if tt.want != nil && !strings.Contains(r.Cause.Error(), tt.text) {
					t.Errorf("cause %v, want one with %q", r.Cause, tt.text)
				}
			})
		}
	}
}

// TestGRPCRequest: what a server is asked, as the protocol of gRPC by HTTP/2 wants it.
func TestGRPCRequest(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		service, body string
	}{
		{"", "0000000000"},
		{"a.B", "0000000005" + "0a03612e42"},
	} {
		got := make(chan string, 1)
		at, _ := web(t, nil, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			got <- strings.Join([]string{
				r.Method, r.Host, r.RequestURI, r.Header.Get("Content-Type"), r.Header.Get("Te"), r.Header.Get("Grpc-Timeout"), hex.EncodeToString(body),
			}, " ")
			health("00 00000002 0801", "0")(w, r)
		}))
		if r := grpcFrom(at, conf.GRPCCheck{Service: tt.service}).Run(t.Context()); r.Outcome != Passed {
			t.Errorf("%+v", r)
		}
		want := "POST " + at.String() + " /grpc.health.v1.Health/Check application/grpc trailers 5000m " + tt.body
		if diff := cmp.Diff(want, <-got); diff != "" {
			t.Errorf("request (-want +got):\n%s", diff)
		}
	}
}

// TestGRPCTrust: names and certificates, as with SSL_GET.
func TestGRPCTrust(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	end := time.Now().Add(time.Hour).Truncate(time.Second)
	cert := a.leaf(end, "app.example")
	for _, tt := range []struct {
		trust conf.Trust
		want  error
		sent  string
	}{
		{conf.Trust{}, nil, ""},
		{conf.Trust{Verify: true, CAFile: a.file}, nil, ""},
		{conf.Trust{Verify: true, CAFile: a.file, Name: "app.example", ExpiryWarning: time.Hour}, nil, "app.example"},
		{conf.Trust{Verify: true, CAFile: a.file, Name: "other.example"}, ErrCertificate, "other.example"},
		{conf.Trust{Verify: true}, ErrCertificate, ""},
	} {
		at, names := web(t, &cert, health("00 00000002 0801", "0"))
		r := grpcFrom(at, conf.GRPCCheck{TLS: true, Trust: tt.trust}).Run(t.Context())
		if !errors.Is(r.Cause, tt.want) || (tt.want == nil) != (r.Outcome == Passed) {
			t.Errorf("%+v: %+v, want %v", tt.trust, r, tt.want)
		}
		if got := <-names; got != tt.sent {
			t.Errorf("%+v: name in TLS %q, want %q", tt.trust, got, tt.sent)
		}
		if want := tt.trust.ExpiryWarning > 0; want != r.Expires.Equal(end) {
			t.Errorf("%+v: expires %v", tt.trust, r.Expires)
		}
	}
}

// TestGRPCStatus: a plain web server is no gRPC server.
func TestGRPCStatus(t *testing.T) {
	t.Parallel()
	at, _ := web(t, nil, http.NotFoundHandler())
	if r := grpcFrom(at, conf.GRPCCheck{}).Run(t.Context()); r.Outcome != Failed || !errors.Is(r.Cause, ErrStatus) {
		t.Errorf("%+v", r)
	}
	if r := grpcFrom(serve(t, say("x")), conf.GRPCCheck{}).Run(t.Context()); r.Outcome != Failed {
		t.Errorf("a word: %+v", r)
	}
}

func FuzzHealthOf(f *testing.F) {
	for _, seed := range []string{"0000000002" + "0801", "0000000000", "000000000308960", "00000000051a03000000"} {
		b, _ := hex.DecodeString(seed)
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if err := healthOf(b); err != nil && !errors.Is(err, ErrReply) && !errors.Is(err, ErrHealth) {
			t.Errorf("%x: %v", b, err)
		}
	})
}
