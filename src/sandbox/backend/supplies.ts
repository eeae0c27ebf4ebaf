import { CUSTOMERS } from '../customers.ts';
import { contractOf, type Contract, type Product } from './products.ts';

/** One electricity contract at one address, in the shape the adapter asks for. */
export interface Supply {
  id: string;
  account_id: string;
  meter_point_id: string;
  label: string;
  direction: 'IMPORT';
  tariff_name: string;
  postal_address: { address_line1: string; city: string; post_code: string; country_code: 'GB' };
  contract: Contract;
  status: 'available' | 'unavailable';
  reason?: 'moved_out' | 'switch_pending';
  reason_text?: string;
}

interface Entry {
  product: Product;
  address: [line: string, city: string, postCode: string];
  label: string;
  unavailable?: { reason: 'moved_out' | 'switch_pending'; text: string };
}

const HOMES: Record<string, Entry[]> = {
  'C-1001': [{ product: 'agile', address: ['14 Orchard Lane', 'Bristol', 'BS1 4ND'], label: 'Home' }],
  'C-1002': [
    { product: 'night', address: ['3 Harbour Street', 'Whitby', 'YO21 3PU'], label: 'Home' },
    { product: 'fixed', address: ['Flat 2, Sea View', 'Penzance', 'TR18 4AW'], label: 'Holiday flat' },
    {
      product: 'fixed',
      address: ['27 Mill Road', 'Cambridge', 'CB1 2AD'],
      label: 'Workshop',
      unavailable: { reason: 'switch_pending', text: 'Your switch to us completes next month.' },
    },
  ],
  'C-1003': [],
  'C-1004': [
    {
      product: 'fixed',
      address: ['9 Station Road', 'Leeds', 'LS1 4DY'],
      label: 'Former home',
      unavailable: { reason: 'moved_out', text: 'You moved out of this address.' },
    },
  ],
};

const TURN: Product[] = ['agile', 'night', 'fixed'];

/** A housing association's thousand flats, so that lists have to be paged and searched. */
const estates = (): Entry[] =>
  Array.from({ length: 1000 }, (_, index) => {
    const flat = index + 1;
    const entry: Entry = {
      product: TURN[index % TURN.length] ?? 'fixed',
      address: [`Flat ${flat}, Estate House`, 'Manchester', `M${1 + (index % 40)} ${1 + (index % 9)}AB`],
      label: `Flat ${flat}`,
    };
    const gone = { reason: 'moved_out', text: 'The tenancy has ended.' } as const;
    return flat % 50 === 0 ? { ...entry, unavailable: gone } : entry;
  });

const PRODUCT_NAMES: Record<Product, string> = {
  agile: 'Example Half-Hourly',
  night: 'Example Night Saver',
  fixed: 'Example Fixed 12 Months',
};

/** Every supply with the product it is contracted to, by customer. `today` is a date in the tariffs' zone. */
export class SupplyRegister {
  readonly #byCustomer = new Map<string, Supply[]>();
  readonly #products = new Map<string, Product>();

  constructor(today: Temporal.PlainDate) {
    for (const { customerNumber } of CUSTOMERS) {
      const entries = HOMES[customerNumber] ?? estates();
      const supplies = entries.map((entry, index) => this.#supply(customerNumber, index, entry, today));
      this.#byCustomer.set(customerNumber, supplies);
    }
  }

  #supply(customer: string, index: number, entry: Entry, today: Temporal.PlainDate): Supply {
    const digits = customer.slice(2);
    const number = String(index + 1).padStart(4, '0');
    const id = `S-${digits}-${number}`;
    const [address_line1, city, post_code] = entry.address;
    this.#products.set(id, entry.product);
    return {
      id,
      account_id: `A-${digits}`,
      meter_point_id: `12000${digits}${number}`,
      label: entry.label,
      direction: 'IMPORT',
      tariff_name: PRODUCT_NAMES[entry.product],
      postal_address: { address_line1, city, post_code, country_code: 'GB' },
      contract: contractOf(today),
      ...(entry.unavailable
        ? { status: 'unavailable', reason: entry.unavailable.reason, reason_text: entry.unavailable.text }
        : { status: 'available' }),
    };
  }

  /** Undefined: no such customer; an empty list is a customer without electricity. */
  of(customerNumber: string): Supply[] | undefined {
    return this.#byCustomer.get(customerNumber);
  }

  productOf(supplyId: string): { product: Product; name: string } | undefined {
    const product = this.#products.get(supplyId);
    return product && { product, name: PRODUCT_NAMES[product] };
  }
}
