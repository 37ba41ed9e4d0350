// SPDX-License-Identifier: Apache-2.0

package tables

import (
	"crypto/tls"
	"net"

	"vipward/internal/fake"
	"vipward/internal/lab"
)

// breakable is a server that can be broken and repaired.
type breakable interface{ set(good bool) error }

// newBreakable starts the server that a kind of check asks; nil where it asks none.
func newBreakable(t lab.TB, h *lab.Host, check, ip string) breakable {
	t.Helper()
	addr := net.JoinHostPort(ip, "80")
	var b breakable
	good, bad := fake.HTTP(fake.Page(200, "ok")), fake.HTTP(fake.Page(500, "no"))
	switch check {
	case "TCP", "two":
		b = port{fake.NewTCP(t, h, addr, fake.Listen)}
	case "HTTP":
		b = talker{fake.NewTCP(t, h, addr, good), good, bad}
	case "SSL":
		cert := selfSigned(t)
		good, bad = fake.TLS(cert, good), fake.TLS(cert, bad)
		b = talker{fake.NewTCP(t, h, addr, good), good, bad}
	case "SMTP":
		good, bad = fake.SMTP("220 x ESMTP\r\n", "250 x\r\n", "221 bye\r\n"), fake.SMTP("554 no\r\n")
		b = talker{fake.NewTCP(t, h, addr, good), good, bad}
	case "DNS":
		b = answerer{fake.NewUDP(t, h, addr, fake.DNS(0)), fake.DNS(0), fake.DNS(2)}
	case "UDP":
		b = answerer{fake.NewUDP(t, h, addr, fake.Answer("ok")), fake.Answer("ok"), nil}
	default:
		return nil
	}
	lab.Wait(t, patient, "open server", func() error { return b.set(true) }) // a fresh IPv6 address takes a moment
	return b
}

// port is a server whose port closes.
type port struct{ *fake.TCP }

func (p port) set(good bool) error {
	if good {
		return p.Open()
	}
	p.Close()
	return nil
}

// talker is a server that talks otherwise.
type talker struct {
	*fake.TCP
	good, bad fake.Talk
}

func (s talker) set(good bool) error {
	if s.Set(s.bad); good {
		s.Set(s.good)
	}
	return s.Open()
}

// answerer is a UDP server that answers otherwise; without a bad answer its port closes.
type answerer struct {
	*fake.UDP
	good, bad fake.Reply
}

func (s answerer) set(good bool) error {
	switch {
	case good:
		s.Set(s.good)
	case s.bad != nil:
		s.Set(s.bad)
	default:
		s.Close()
		return nil
	}
	return s.Open()
}

// selfSigned makes a certificate that no one knows.
func selfSigned(t lab.TB) tls.Certificate {
	t.Helper()
	cert, err := fake.SelfSigned()
	if err != nil {
		t.Fatalf("%v", err)
	}
	return cert
}
