// SPDX-License-Identifier: Apache-2.0

package fake

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
)

// Listen reads what the client sends until it goes.
func Listen(c net.Conn) string {
	b, err := io.ReadAll(c)
	end := "FIN"
	if errors.Is(err, syscall.ECONNRESET) {
		end = "RST"
	}
	return fmt.Sprintf("received %d bytes %q, then %s", len(b), b, end)
}

// HTTP reads the header of a request and sends the reply as it stands.
func HTTP(reply string) Talk {
	return Pages(func(string) string { return reply })
}

// Pages reads the header of a request and sends the reply to its path.
func Pages(reply func(path string) string) Talk {
	return func(c net.Conn) string {
		request := header(c)
		line, _, _ := strings.Cut(request, "\r\n")
		_, rest, _ := strings.Cut(line, " ")
		path := rest[:max(strings.LastIndexByte(rest, ' '), 0)]
		_, _ = io.WriteString(c, reply(path)) // the client sees what is missing
		return "request " + Escape([]byte(request))
	}
}

// Page is a whole HTTP reply with a body.
func Page(status int, body string) string {
	return fmt.Sprintf("HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n%s", status, len(body), body)
}

// header reads up to the empty line.
func header(c net.Conn) string {
	var b bytes.Buffer
	one := make([]byte, 1)
	for !bytes.HasSuffix(b.Bytes(), []byte("\r\n\r\n")) {
		if _, err := c.Read(one); err != nil {
			break // the client goes without a whole header
		}
		b.Write(one)
	}
	return b.String()
}

// Mute accepts and stays silent until the client goes.
func Mute(c net.Conn) string {
	_, _ = io.Copy(io.Discard, c) // how it ends does not matter
	return ""
}

// SMTP greets with the first line, answers each line of the client with the next one, and
// notes both sides. After the last one it waits for the client to go; a line "close" ends the
// connection instead, and "silent" keeps it without an answer.
func SMTP(lines ...string) Talk {
	return func(c net.Conn) string {
		var said []string
		in := bufio.NewReader(c)
		for _, line := range append(lines, "wait") {
			switch line {
			case "close":
				return strings.Join(said, " | ")
			case "wait":
			case "silent":
			default:
				_, _ = io.WriteString(c, line) // the client may have gone
				said = append(said, "S: "+Escape([]byte(line)))
			}
			heard, err := in.ReadString('\n')
			if heard != "" {
				said = append(said, "C: "+Escape([]byte(heard)))
			}
			if err != nil {
				if line != "silent" {
					said = append(said, "C: <EOF>")
				}
				break
			}
		}
		return strings.Join(said, " | ")
	}
}

// Mail takes a mail and notes it.
func Mail(c net.Conn) string {
	in := bufio.NewReader(c)
	var heard strings.Builder
	_, _ = io.WriteString(c, "220 x ESMTP\r\n") // the client may have gone
	for body := false; ; {
		line, err := in.ReadString('\n')
		heard.WriteString(line)
		if err != nil {
			return "mail " + Escape([]byte(heard.String()))
		}
		answer := "250 x\r\n"
		switch {
		case body && line != ".\r\n":
			continue
		case body:
			body = false
		case line == "DATA\r\n":
			body, answer = true, "354 x\r\n"
		case line == "QUIT\r\n":
			answer = "221 x\r\n"
		}
		_, _ = io.WriteString(c, answer) // the client may have gone
	}
}

// TLS talks inside of TLS.
func TLS(cert tls.Certificate, talk Talk) Talk {
	return func(c net.Conn) string {
		inner := tls.Server(c, &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12})
		if err := inner.Handshake(); err != nil {
			return "no TLS: " + err.Error()
		}
		said := talk(inner)
		_ = inner.CloseWrite() // the client may have closed first
		_, _ = io.Copy(io.Discard, inner)
		return said
	}
}

// Escape writes bytes as C would.
func Escape(b []byte) string {
	var out strings.Builder
	for _, c := range b {
		switch {
		case c == '\r':
			out.WriteString(`\r`)
		case c == '\n':
			out.WriteString(`\n`)
		case c == '\t':
			out.WriteString(`\t`)
		case c == '\\' || c == '"':
			out.WriteByte('\\')
			out.WriteByte(c)
		case c < ' ' || c > '~':
			fmt.Fprintf(&out, `\x%02x`, c)
		default:
			out.WriteByte(c)
		}
	}
	return out.String()
}
