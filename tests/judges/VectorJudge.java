import java.io.ByteArrayInputStream;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.Security;
import java.security.Signature;
import java.security.cert.CertPathBuilder;
import java.security.cert.CertStore;
import java.security.cert.CertificateFactory;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Date;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bouncycastle.asn1.ASN1BitString;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1InputStream;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.cms.Attribute;
import org.bouncycastle.asn1.cms.CMSAttributes;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cms.CMSSignedData;
import org.bouncycastle.cms.SignerInformation;
import org.bouncycastle.jcajce.spec.SM2ParameterSpec;
import org.bouncycastle.jce.provider.BouncyCastleProvider;

/** Judges signatures taken out of files: each line of cases.txt is one, each line of output a verdict. */
public class VectorJudge {
    static Path folder;
    static final String SIGNER_ID = "1234567812345678";
    static final String[] ASPECTS = {"value", "digest", "chain"};

    static byte[] read(String name) throws Exception {
        return Files.readAllBytes(folder.resolve(name));
    }

    static X509Certificate certificate(byte[] der) throws Exception {
        CertificateFactory factory = CertificateFactory.getInstance("X.509", "BC");
        return (X509Certificate) factory.generateCertificate(new ByteArrayInputStream(der));
    }

    static boolean holds(PublicKey key, String algorithm, byte[] message, byte[] value) throws Exception {
        Signature signature = Signature.getInstance(algorithm, "BC");
        if (algorithm.equals("SM3withSM2")) {
            signature.setParameter(new SM2ParameterSpec(SIGNER_ID.getBytes("UTF-8")));
        }
        signature.initVerify(key);
        signature.update(message);
        return signature.verify(value);
    }

    /** r and s side by side become the sequence that BouncyCastle asks for. */
    static byte[] sequence(byte[] value) throws Exception {
        if (value.length != 64) {
            return value;
        }
        ASN1Encodable[] both = {
            new ASN1Integer(new java.math.BigInteger(1, Arrays.copyOf(value, 32))),
            new ASN1Integer(new java.math.BigInteger(1, Arrays.copyOfRange(value, 32, 64)))};
        return new DERSequence(both).getEncoded("DER");
    }

    static boolean chain(X509Certificate leaf, Collection<X509Certificate> others, Set<TrustAnchor> anchors, long[] times) throws Exception {
        for (TrustAnchor anchor : anchors) {
            if (anchor.getTrustedCert().equals(leaf)) {
                return within(leaf, times);
            }
        }
        List<X509Certificate> all = new ArrayList<>(others);
        all.add(leaf);
        for (long time : times) {
            X509CertSelector selector = new X509CertSelector();
            selector.setCertificate(leaf);
            PKIXBuilderParameters asked = new PKIXBuilderParameters(anchors, selector);
            asked.addCertStore(CertStore.getInstance("Collection", new CollectionCertStoreParameters(all), "BC"));
            asked.setRevocationEnabled(false);
            asked.setDate(new Date(time * 1000));
            CertPathBuilder.getInstance("PKIX", "BC").build(asked);
            for (TrustAnchor anchor : anchors) {
                within(anchor.getTrustedCert(), new long[] {time});
            }
        }
        return true;
    }

    static boolean within(X509Certificate one, long[] times) throws Exception {
        for (long time : times) {
            one.checkValidity(new Date(time * 1000));
        }
        return true;
    }

    interface Question {
        boolean answer() throws Exception;
    }

    static String said(Question question) {
        try {
            return question.answer() ? "holds" : "fails";
        } catch (Throwable error) {
            return "fails";
        }
    }

    static class Case {
        byte[] container, document;
        Collection<X509Certificate> others = new ArrayList<>();
        Set<TrustAnchor> anchors = new HashSet<>();
        long[] times;
    }

    /** The value at the front; zeros follow it in a file. */
    static ASN1Primitive first(byte[] contents) throws Exception {
        return new ASN1InputStream(contents).readObject();
    }

    static boolean isSm2(ASN1Encodable algorithm) {
        return "SM3withSM2".equals(ALGORITHMS.get(ASN1ObjectIdentifier.getInstance(algorithm).getId()));
    }

    /** SES_Signature of any version: taken apart without a schema. */
    static String seal(Case one) throws Exception {
        ASN1Sequence whole = ASN1Sequence.getInstance(first(one.container));
        ASN1Sequence signed = ASN1Sequence.getInstance(whole.getObjectAt(0));
        boolean old = whole.size() == 2;
        byte[] message = signed.getEncoded();
        ASN1Sequence holder = old ? signed : whole;
        X509Certificate signer = certificate(ASN1OctetString.getInstance(holder.getObjectAt(old ? 5 : 1)).getOctets());
        byte[] value = ASN1BitString.getInstance(whole.getObjectAt(old ? 1 : 3)).getBytes();
        byte[] stated = ASN1BitString.getInstance(signed.getObjectAt(3)).getOctets();
        boolean named = isSm2(holder.getObjectAt(old ? 6 : 2));
        String value1 = said(() -> named && holds(signer.getPublicKey(), "SM3withSM2", message, sequence(value)));
        String second = said(() -> Arrays.equals(stated, MessageDigest.getInstance("SM3", "BC").digest(one.document)));
        String third = said(() -> chain(signer, one.others, one.anchors, one.times));
        return value1 + "\t" + second + "\t" + third + "\t" + maker(signed);
    }

    static String maker(ASN1Sequence signed) {
        return said(() -> {
            ASN1Sequence seal = ASN1Sequence.getInstance(signed.getObjectAt(1));
            boolean old = seal.size() == 2;
            ASN1Sequence about = old ? ASN1Sequence.getInstance(seal.getObjectAt(1)) : seal;
            byte[] certificate = ASN1OctetString.getInstance(about.getObjectAt(old ? 0 : 1)).getOctets();
            byte[] value = ASN1BitString.getInstance(about.getObjectAt(old ? 2 : 3)).getOctets();
            byte[] message = seal.getObjectAt(0).toASN1Primitive().getEncoded();
            if (old) {
                ASN1Encodable[] parts = {seal.getObjectAt(0), about.getObjectAt(0), about.getObjectAt(1)};
                message = new DERSequence(parts).getEncoded();
            }
            boolean named = isSm2(about.getObjectAt(old ? 1 : 2));
            return named && holds(certificate(certificate).getPublicKey(), "SM3withSM2", message, sequence(value));
        });
    }

    static final Map<String, String> DIGESTS = Map.of(
        "1.2.156.10197.1.401", "SM3", "2.16.840.1.101.3.4.2.1", "SHA-256", "1.3.14.3.2.26", "SHA-1");
    static final Map<String, String> ALGORITHMS = Map.of(
        "1.2.156.10197.1.501", "SM3withSM2", "1.2.156.10197.1.301", "SM3withSM2",
        "1.2.156.10197.1.301.1", "SM3withSM2", "1.2.840.113549.1.1.1", "SHA256withRSA",
        "1.2.840.113549.1.1.11", "SHA256withRSA", "1.2.840.10045.4.3.2", "SHA256withECDSA");

    static String cms(Case one) throws Exception {
        CMSSignedData data = new CMSSignedData(first(one.container).getEncoded());
        List<X509Certificate> known = new ArrayList<>();
        for (Object holder : data.getCertificates().getMatches(null)) {
            known.add(certificate(((X509CertificateHolder) holder).getEncoded()));
        }
        known.addAll(one.others);
        String[] found = {"holds", "holds", "holds"};
        Collection<SignerInformation> signers = data.getSignerInfos().getSigners();
        if (signers.isEmpty()) {
            Arrays.fill(found, "fails");
        }
        for (SignerInformation signer : signers) {
            String[] judged = ofSigner(one, data, signer, known);
            for (int at = 0; at < 3; at++) {
                found[at] = judged[at].equals("holds") ? found[at] : judged[at];
            }
        }
        return String.join("\t", found) + "\tnone";
    }

    static String[] ofSigner(Case one, CMSSignedData data, SignerInformation signer, List<X509Certificate> known) throws Exception {
        X509Certificate person = null;
        for (X509Certificate candidate : known) {
            if (person == null && signer.getSID().match(new X509CertificateHolder(candidate.getEncoded()))) {
                person = candidate;
            }
        }
        if (person == null) {
            return new String[] {"fails", "unknown", "fails"};
        }
        X509Certificate by = person;
        byte[] content = data.getSignedContent() == null ? null : (byte[]) data.getSignedContent().getContent();
        MessageDigest digest = MessageDigest.getInstance(DIGESTS.get(signer.getDigestAlgOID()), "BC");
        byte[] message = signer.getSignedAttributes() != null ? signer.getEncodedSignedAttributes() : content == null ? one.document : content;
        String named = ALGORITHMS.getOrDefault(signer.getEncryptionAlgOID(), "none");
        String hash = DIGESTS.get(signer.getDigestAlgOID()).replace("-", "");
        String algorithm = named.endsWith("RSA") ? hash + "withRSA" : named;
        boolean agree = !named.endsWith("SM2") || hash.equals("SM3");
        String value = said(() -> agree && holds(by.getPublicKey(), algorithm, message, signer.getSignature()));
        byte[] actual = digest.digest(one.document);
        String matches = said(() -> {
            if (content != null) {
                return Arrays.equals(content, actual) || Arrays.equals(java.util.Base64.getDecoder().decode(content), actual);
            }
            if (signer.getSignedAttributes() == null) {
                return value.equals("holds");
            }
            Attribute stated = signer.getSignedAttributes().get(CMSAttributes.messageDigest);
            return Arrays.equals(ASN1OctetString.getInstance(stated.getAttrValues().getObjectAt(0)).getOctets(), actual);
        });
        return new String[] {value, matches, said(() -> chain(by, known, one.anchors, one.times))};
    }

    static String judge(String[] words) throws Exception {
        Case one = new Case();
        one.container = read(words[2]);
        one.document = read(words[3]);
        for (String name : words[4].split(",")) {
            if (!name.isEmpty()) {
                try {
                    one.others.add(certificate(read(name)));
                } catch (Exception error) {
                    continue;
                }
            }
        }
        for (String name : words[5].split(",")) {
            one.anchors.add(new TrustAnchor(certificate(read(name)), null));
        }
        one.times = Arrays.stream(words[6].split(",")).mapToLong(Long::parseLong).toArray();
        return words[1].equals("seal") ? seal(one) : cms(one);
    }

    public static void main(String[] arguments) throws Exception {
        Security.addProvider(new BouncyCastleProvider());
        folder = Path.of(arguments[0]);
        StringBuilder out = new StringBuilder();
        for (String line : Files.readAllLines(folder.resolve("cases.txt"))) {
            String[] words = line.split("\t", -1);
            String verdict;
            try {
                verdict = judge(words);
            } catch (Throwable error) {
                verdict = "unreadable";
            }
            out.append(words[0]).append("\t").append(verdict).append("\n");
        }
        System.out.print(out);
    }
}
