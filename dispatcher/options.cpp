#include "dispatcher/options.h"

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>

#include "dispatcher/address_policy.h"

namespace choreo::dispatcher {
namespace {

// Without one, every delivery over TLS would fail.
bool has_certificate(const std::string& path) {
  const std::unique_ptr<BIO, int (*)(BIO*)> file(BIO_new_file(path.c_str(), "r"), &BIO_free);
  if (!file) return false;
  const std::unique_ptr<X509, void (*)(X509*)> first(PEM_read_bio_X509_AUX(file.get(), nullptr, nullptr, nullptr),
                                                     &X509_free);
  return first != nullptr;
}

}  // namespace

void DispatcherOptions::declare(options::OptionSet& set) {
  CommonOptions::declare(set);
  set.add("webhook-timeout-secs", webhook_timeout_secs, 1, 300,
          "seconds one attempt may take, from name resolution on");
  set.add("webhook-max-in-flight", webhook_max_in_flight, 1, 64, "deliveries at once to one webhook");
  set.add("webhook-max-connections", webhook_max_connections, 1, 1024, "deliveries at once to all webhooks");
  set.add(
      "webhook-retry-secs", webhook_retry_secs,
      [](const std::string& text) { return std::string(Schedule::parse(text).ok() ? "" : Schedule::kAllowed); },
      "seconds to wait after each failed attempt; after the last one a delivery is given up");
  set.add("webhook-probe-secs", webhook_probe_secs, 1, 86400, "longest wait between two probes of a failing endpoint");
  set.add("webhook-disable-secs", webhook_disable_secs, 1, 31'536'000,
          "seconds of nothing but failures after which a webhook is disabled; it is warned after half of them");
  set.add("webhook-history", webhook_history, 10, 100'000, "attempts to keep of each webhook");
  set.add("webhook-history-days", webhook_history_days, 1, 3650, "days to keep them");
  set.add(
      "webhook-allow", webhook_allow,
      [](const std::string& text) {
        return std::string(AddressPolicy::parse(text).ok() ? "" : AddressPolicy::kAllowed);
      },
      "internal networks that webhooks may lead to");
  set.add(
      "webhook-ca-file", webhook_ca_file,
      [](const std::string& text) {
        return std::string(text.empty() || has_certificate(text) ? "" : "a PEM file of certificates that can be read");
      },
      "PEM file of the certificate authorities to trust instead of the system's");
}

Result<DeliveryPolicy> DispatcherOptions::delivery_policy() const {
  CHOREO_ASSIGN(Schedule schedule, Schedule::parse(webhook_retry_secs));
  DeliveryPolicy policy{std::move(schedule)};
  policy.max_in_flight = static_cast<int>(webhook_max_in_flight);
  policy.max_probe_ms = webhook_probe_secs * 1000;
  policy.disable_after_ms = webhook_disable_secs * 1000;
  return policy;
}

TransportOptions DispatcherOptions::transport() const {
  return {webhook_timeout_secs * 1000, static_cast<std::size_t>(webhook_max_connections), webhook_ca_file};
}

}  // namespace choreo::dispatcher
